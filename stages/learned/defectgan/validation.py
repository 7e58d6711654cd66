"""Held-out figures of a generator: the thesis's model score.

Reference: A. G. Vestengen's thesis, section on early stopping: PSNR + 100·SSIM, of the whole picture plus
of the defect areas, means over samples. A packed mosaic is compared plane by plane as it is, its areas
grown to at least 7×7 pixels of a plane for SSIM, which needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isp.frame import Area
from isp.metrics.picture import model_score, ssim_map, window_centres
from isp.metrics.pixels import psnr_db
from isp.metrics.regions import grown
from stages.learned.defectgan.dataset import Batch, Samples
from stages.learned.defectgan.network import Generator

AT_ONCE = 16
SEED = 1 << 40
"""Of held-out samples: one set for all trainings, whatever their seed."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Validation:
    """A fixed set of held-out samples.

    Parameters
    ----------
    batch : Batch
        All of them.
    """

    batch: Batch

    @staticmethod
    def of(samples: Samples, count: int) -> Validation:
        """Draw so many samples; always the same ones."""
        return Validation(samples.draw(SEED, 0, count))

    @torch.no_grad()
    def judge(self, network: Generator) -> dict[str, float]:
        """Figures of repaired pictures, and the score that sums them up."""
        return self._figures(self._made(network, self.batch.damaged))

    @torch.no_grad()
    def judge_copies(self, network: Generator) -> dict[str, float]:
        """The same for a network that is shown the clean pictures (an autoencoder)."""
        return self._figures(self._made(network, self.batch.clean))

    @cached_property
    def before(self) -> dict[str, float]:
        """Figures of the damaged pictures."""
        return self._figures(self.batch.damaged)

    def _made(self, network: Generator, pictures: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            parts = [network(part) for part in torch.split(pictures, AT_ONCE)]
        return torch.cat(parts).float().clamp(0.0, 1.0)

    def _figures(self, made: Tensor) -> dict[str, float]:
        areas = self.batch.area.numpy()
        rows = [
            _sample_figures(clean, picture, area)
            for clean, picture, area in zip(
                _pictures(self.batch.clean), _pictures(made), areas, strict=True
            )
        ]
        mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        return {**mean, "score": model_score(mean)}


def _pictures(tensor: Tensor) -> Array:
    return tensor.permute(0, 2, 3, 1).double().numpy()


def _sample_figures(clean: Array, made: Array, area: NDArray[np.bool_]) -> dict[str, float]:
    error = made - clean
    similar = ssim_map(clean, made)
    whole = window_centres(Area(0, 0, *similar.shape))
    boxes = _boxes(np.asarray(area.any(axis=0)))
    return {
        "global_psnr_db": psnr_db(error),
        "global_ssim": float(similar[whole.slices].mean()),
        "area_psnr_db": psnr_db(error[area.transpose(1, 2, 0)]),
        "area_ssim": float(np.mean([similar[window_centres(box).slices].mean() for box in boxes])),
    }


def _boxes(marked: NDArray[np.bool_]) -> list[Area]:
    """Bounding boxes of the defects, at least 7×7; those that touch are one."""
    from scipy.ndimage import find_objects, label

    found = [part for part in find_objects(label(marked)[0]) if part is not None]
    rows, cols = marked.shape
    areas = (Area(y.start, x.start, y.stop - y.start, x.stop - x.start) for y, x in found)
    return [grown(area, (rows, cols)) for area in areas]
