"""Pairs of clean and damaged pictures, drawn faster than a network learns from them.

Reference: A. G. Vestengen's thesis, sections on the dataset class and its evolution: any picture is
another sample every time it is drawn; or samples are drawn once and held in memory, which is faster where
disks are slow and less varied. Here all pictures are in memory in both modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy import float32
from numpy.typing import NDArray
from torch import Tensor

from isp.errors import FileError, StageError
from isp.transfer import srgb_encoded
from stages.learned.defectgan.crops import draw_samples
from stages.learned.defectgan.defects import Defects
from stages.learned.running.tensors import WeightsError, load_tensors, save_tensors
from stages.learned.training.pictures import LINEAR_MAX, Pictures, load_pictures

Floats = NDArray[np.float32]

_KEPT_MAX = 65535.0


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples as a network takes them, laid out channels last.

    Parameters
    ----------
    clean, damaged : float32 tensors of shape (N, channels, side, side)
        sRGB-encoded levels, 0 to 1. Three channels: R, G, B; four: a packed mosaic (R, G of the red
        rows, G of the blue rows, B).
    area : bool tensor of the same shape
        The whole squares of the defects, good pixels in them included.
    """

    clean: Tensor
    damaged: Tensor
    area: Tensor

    @staticmethod
    def of(clean: Floats, damaged: Floats, area: NDArray[np.uint8]) -> Batch:
        """From arrays of shape (N, side, side, channels)."""
        arrays = (clean, damaged, area.view(np.bool_))
        return Batch(*(torch.from_numpy(array).permute(0, 3, 1, 2) for array in arrays))


class Samples(Protocol):
    """Where batches come from."""

    def draw(self, seed: int, number: int, count: int) -> Batch:
        """Batch `number` of a seed, with so many samples; the same arguments give the same batch."""


@dataclass(frozen=True, eq=False)
class DrawnSamples:
    """New crops with new defects at every draw.

    A crop is cut at random under one of the eight symmetries of the square. Of a photograph the packed
    mosaic takes one colour at each pixel; defects are squares of the mosaic before it is packed.

    Parameters
    ----------
    pictures : Pictures
        To cut from; those too small (and raw frames, for RGB) are never drawn.
    defects : Defects
        What is put onto them.
    channels : int
        3 or 4, see `Batch`.
    side : int
        Of a sample, in pixels of the network's planes.

    Raises
    ------
    FileError
        If no picture is large enough.
    StageError
        If the defects do not fit into a sample.
    """

    pictures: Pictures
    defects: Defects
    channels: int
    side: int

    def __post_init__(self) -> None:
        if self.crop_px < self.defects.least_side_px:
            raise StageError(
                f"Defects of up to {self.defects.size_px[1]} pixels, as far from every border, need a"
                f" crop of {self.defects.least_side_px}; this one has {self.crop_px}."
            )
        if not self._weights().any():
            what = "photograph" if self.channels == 3 else "photograph or raw frame"
            raise FileError(f"No {what} is at least {self.crop_px}×{self.crop_px} pixels large.")

    @property
    def crop_px(self) -> int:
        """Side of a sample in pixels of the picture or the mosaic."""
        return self.side if self.channels == 3 else 2 * self.side

    def _weights(self) -> NDArray[np.float64]:
        """How often a picture is drawn: as the root of its area, if it can be used at all."""
        p = self.pictures
        usable = np.minimum(p.height, p.width) >= self.crop_px + 2 * (p.channels == 1)
        if self.channels == 3:
            usable &= p.channels == 3
        return np.where(usable, np.sqrt(p.height * p.width), 0.0)

    def draw(self, seed: int, number: int, count: int) -> Batch:
        """Draw a batch, see `Samples`."""
        shape = (count, self.side, self.side, self.channels)
        clean, damaged, area = (
            np.empty(shape, float32),
            np.empty(shape, float32),
            np.empty(shape, "u1"),
        )
        chance = np.cumsum(self._weights())
        p = self.pictures
        draw_samples(
            p.pixels, p.offset, p.height, p.width, p.channels, chance / chance[-1], _encoding(),
            self.defects.parameters(), seed, number * count, clean, damaged, area,
        )  # fmt: skip
        return Batch.of(clean, damaged, area)


@dataclass(frozen=True, eq=False)
class KeptSamples:
    """Samples drawn once, held in memory at 16 bits and gone through in a new order every epoch.

    Parameters
    ----------
    clean, damaged : uint16 arrays of shape (N, side, side, channels)
        65535 is white.
    area : uint8 array of the same shape
        1 in the squares of the defects.
    """

    clean: NDArray[np.uint16]
    damaged: NDArray[np.uint16]
    area: NDArray[np.uint8]

    @staticmethod
    def of(samples: Samples, seed: int, count: int, at_once: int = 64) -> KeptSamples:
        """Draw `count` samples."""
        batches = [samples.draw(seed, number, at_once) for number in range(-(-count // at_once))]
        return KeptSamples(
            np.concatenate([_kept(batch.clean) for batch in batches])[:count],
            np.concatenate([_kept(batch.damaged) for batch in batches])[:count],
            np.concatenate([_last(batch.area).astype(np.uint8) for batch in batches])[:count],
        )

    def draw(self, seed: int, number: int, count: int) -> Batch:
        """Draw a batch, see `Samples`; every sample once in an epoch."""
        places = np.arange(number * count, (number + 1) * count)
        chosen = np.empty(count, np.int64)
        for epoch in np.unique(places // len(self.clean)):
            order = np.random.default_rng((seed, int(epoch))).permutation(len(self.clean))
            here = places // len(self.clean) == epoch
            chosen[here] = order[places[here] % len(self.clean)]
        clean, damaged = (
            part[chosen].astype(float32) / float32(_KEPT_MAX) for part in (self.clean, self.damaged)
        )
        return Batch.of(clean, damaged, self.area[chosen])

    def write(self, path: Path) -> None:
        """Write all samples to one file (safetensors)."""
        tensors = {"clean": self.clean, "damaged": self.damaged, "area": self.area}
        named = {name: torch.from_numpy(array) for name, array in tensors.items()}
        save_tensors(path, named, {"kind": "defectgan.samples"})

    @staticmethod
    def read(path: Path) -> KeptSamples:
        """Read what `write` wrote.

        Raises
        ------
        WeightsError
            If the file is damaged or holds anything else.
        """
        tensors, about = load_tensors(path)
        names, dtypes = ("clean", "damaged", "area"), (torch.uint16, torch.uint16, torch.uint8)
        fits = about.get("kind") == "defectgan.samples" and set(tensors) == set(names)
        parts = [tensors[name] for name in names] if fits else []
        shapes = {part.shape for part in parts if part.ndim == 4 and len(part)}
        if len(shapes) != 1 or [part.dtype for part in parts] != list(dtypes):
            raise WeightsError(f"'{path}' does not hold samples of the Defect GAN.")
        return KeptSamples(*(part.numpy() for part in parts))


def _last(tensor: Tensor) -> Floats:
    return tensor.permute(0, 2, 3, 1).float().numpy()


def _kept(levels: Tensor) -> NDArray[np.uint16]:
    codes: NDArray[np.uint16] = np.rint(_last(levels) * _KEPT_MAX).astype(np.uint16)
    return codes


@cache
def _encoding() -> Floats:
    """sRGB-encoded level of every 16-bit code of linear light."""
    return srgb_encoded(np.arange(LINEAR_MAX + 1) / LINEAR_MAX).astype(float32)


def samples_from(files: Sequence[Path], defects: Defects, channels: int, side: int) -> DrawnSamples:
    """Samples from files of photographs or raw frames, see `DrawnSamples`."""
    least_px = side if channels == 3 else 2 * side
    return DrawnSamples(load_pictures(files, least_px), defects, channels, side)
