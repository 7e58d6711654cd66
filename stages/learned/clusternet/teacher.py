"""What networks that have learned before say of a training window: a target with far less chance in it.

Most of the distance between a repair and the truth is what nobody could know. To a network that learns
from the truth alone it is noise; a teacher's answer has none of it. Part of the truth stays in what is
aimed at, for a network to become better than its teachers.

References: G. Hinton, O. Vinyals, J. Dean, *Distilling the knowledge in a neural network*, 2015;
T. Furlanello, Z. Lipton, M. Tschannen, L. Itti, A. Anandkumar, *Born-again neural networks*, ICML 2018.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.sampling import Batch
from stages.learned.clusternet.weights import load_weights

TRUST = 0.7
"""Share of the teachers' answer in what is aimed at; the rest is the truth."""


@dataclass(frozen=True)
class Teacher:
    """Networks whose answers are averaged, each from two looks as in `inference.Engine`.

    Parameters
    ----------
    networks : tuple of ClusterNet
        In bfloat16 and evaluation mode.
    """

    networks: tuple[ClusterNet, ...]

    @staticmethod
    def of(files: str) -> Teacher | None:
        """The teacher that weights files make, listed as in ``PATH``; none of an empty list.

        Raises
        ------
        WeightsError
            If a file is missing, damaged or of another network.
        """
        paths = [Path(name.strip()) for name in files.split(os.pathsep) if name.strip()]
        networks = tuple(load_weights(path)[0].to(torch.bfloat16).eval() for path in paths)
        return Teacher(networks) if networks else None

    def teach(self, batch: Batch) -> Batch:
        """The batch with what is aimed at moved towards the teacher's answer."""
        features = torch.from_numpy(batch.features).permute(0, 3, 1, 2).bfloat16()
        with torch.inference_mode():
            answer = self._answer(features, batch.inset.tolist()).permute(0, 2, 3, 1).numpy()
        aim = batch.target + TRUST * (answer - batch.target) * (batch.weight > 0)
        return replace(batch, aim=aim)

    def _answer(self, features: Tensor, insets: Sequence[int]) -> Tensor:
        """Residuals of the core, float32 (N, 4, CORE, CORE)."""
        red = functional.pixel_shuffle(self._mean(features, insets), 2)
        # A pixel further down and to the right a window starts at blue, and needs a little more core.
        moved = _moved(functional.pixel_shuffle(features, 2))
        features = functional.pixel_unshuffle(moved, 2)
        blue = self._mean(features, [max(inset - 1, 0) for inset in insets])
        red[:, :, 1:, 1:] += functional.pixel_shuffle(blue, 2)[:, :, :-1, :-1]
        red[:, :, 1:, 1:] /= 2
        return functional.pixel_unshuffle(red, 2)

    def _mean(self, features: Tensor, insets: Sequence[int]) -> Tensor:
        said = [network(features, insets)[0].float() for network in self.networks]
        return torch.stack(said).mean(0)


def _moved(mosaics: Tensor) -> Tensor:
    """Codes, mask and misfit (N, 3, WINDOW, WINDOW), seen a pixel further on; what is beyond is bad."""
    moved = functional.pad(mosaics[:, :, 1:, 1:], (0, 1, 0, 1))
    moved[:, 1, -1], moved[:, 1, :, -1] = 1.0, 1.0
    return moved
