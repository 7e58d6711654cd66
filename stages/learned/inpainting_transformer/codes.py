"""Between white-balanced levels of a packed window and the codes that the network sees.

A *levelled* network sees each window by its own exposure, mean per plane and contrast, over a square root
that makes shot noise even: the same scene at another exposure is the same to it. Without, codes are the
root of the levels from 0 to 1, as the paper's networks see pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

PEDESTAL = 0.02
LEAST_LEVEL = 1e-4
LEAST_CONTRAST = 0.02
FILL_POWER = 2
"""Of the squared distance, whose inverse weighs a known pixel in a plain fill."""

BLOCK_SHARE = 0.75
"""Of the error in the other planes that is assumed here; of 0.5, 0.75 and 1 the best."""

CODES_A_UNIT = 4.0
"""Codes of a levelled window are shown to the losses at a quarter, about 0 to 1 as they expect."""


@dataclass(frozen=True, eq=False)
class Coded:
    """A batch of windows as codes.

    Parameters
    ----------
    values : tensor (N, 4, n, n)
        Codes; a plain fill where not known.
    known : tensor of the same shape
        1 where known, else 0.
    scale, mean, contrast : tensors (N, 1, 1, 1), (N, 4, 1, 1), (N, 1, 1, 1)
        Root of level over scale = code·contrast + mean.
    levelled : bool
        Whether the windows were taken by their own level.
    """

    values: Tensor
    known: Tensor
    scale: Tensor
    mean: Tensor
    contrast: Tensor
    levelled: bool

    def code(self, levels: Tensor) -> Tensor:
        """Codes of levels under the windows' own statistics."""
        pedestal = PEDESTAL if self.levelled else 0.0
        return ((levels / self.scale + pedestal).clamp(min=0).sqrt() - self.mean) / self.contrast

    def level(self, codes: Tensor) -> Tensor:
        """The inverse of `code`."""
        pedestal = PEDESTAL if self.levelled else 0.0
        root = (codes * self.contrast + self.mean).clamp(min=0)
        return (root * root - pedestal) * self.scale

    def deviation(self, codes: Tensor, spread: Tensor) -> Tensor:
        """Deviation in levels of a deviation in codes."""
        root = (codes * self.contrast + self.mean).clamp(min=0.05)
        return 2 * root * spread * self.contrast * self.scale

    def shown(self, codes: Tensor) -> Tensor:
        """Codes as levels about 0 to 1, for the losses and for anomaly maps."""
        return codes / CODES_A_UNIT + 0.5 if self.levelled else codes


def encode(levels: Tensor, known: Tensor, levelled: bool) -> Coded:
    """Encode windows and fill what is unknown.

    Parameters
    ----------
    levels : tensor (N, 4, n, n)
        White-balanced levels, 1 at white; whatever they are where unknown has no effect.
    known : tensor of the same shape
        1 where known, else 0.
    levelled : bool
        See the module.
    """
    seen = torch.where(known > 0, levels, 0.0)
    ones = seen.new_ones(len(seen), 1, 1, 1)
    if not levelled:
        root = seen.clamp(min=0).sqrt()
        zeros = seen.new_zeros(len(seen), 4, 1, 1)
        return Coded(filled(root, known), known, ones, zeros, ones, False)
    count = known.sum((1, 2, 3), keepdim=True).clamp(min=1)
    scale = (seen.sum((1, 2, 3), keepdim=True) / count).clamp(min=LEAST_LEVEL)
    root = (seen / scale + PEDESTAL).clamp(min=0).sqrt() * known
    whole = root.sum((1, 2, 3), keepdim=True) / count
    in_plane = known.sum((2, 3), keepdim=True)
    of_plane = root.sum((2, 3), keepdim=True) / in_plane.clamp(min=1)
    mean = torch.where(in_plane > 0, of_plane, whole)
    apart = (root - mean) * known
    contrast = (apart.square().sum((1, 2, 3), keepdim=True) / count).sqrt()
    contrast = contrast.clamp(min=LEAST_CONTRAST)
    return Coded(filled(apart / contrast, known), known, scale, mean, contrast, True)


def filled(values: Tensor, known: Tensor) -> Tensor:
    """Fill unknown values by inverse distance from the known ones of their plane, else with 0.

    What that misses in the other planes of the same 2×2 block, where they are known, is taken to be
    missed here too for the most part. Reference: D. Shepard, *A two-dimensional interpolation function*,
    ACM 1968.
    """
    side = values.shape[-1]
    weights = _inverse_distance(side, values.device)
    seen, there = (values * known).flatten(2), known.flatten(2)
    mean = ((seen @ weights) / (there @ weights).clamp(min=1e-9)).reshape(values.shape)
    missed = ((values - mean) * known).sum(1, keepdim=True) / known.sum(1, keepdim=True).clamp(
        min=1
    )
    return torch.where(known > 0, values, mean + BLOCK_SHARE * missed)


@lru_cache(maxsize=8)
def _inverse_distance(side: int, device: torch.device) -> Tensor:
    """Weights of every pixel of a window for every other one, (side², side²), 0 for itself.

    One matrix product per batch: much faster than a convolution that reaches as far.
    """
    place = torch.stack(torch.meshgrid(*2 * [torch.arange(side)], indexing="ij")).flatten(1)
    squared = (place[:, :, None] - place[:, None]).square().sum(0).float().to(device)
    return torch.where(squared > 0, squared.clamp(min=1) ** -FILL_POWER, 0.0)
