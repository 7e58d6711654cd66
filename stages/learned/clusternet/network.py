"""The network: a U-Net on packed colour planes that spends its work where the hole is.

The surroundings are seen at a quarter of the raw resolution from the first convolution on (4x4 raw
pixels are one position), and the decoder computes only the core of a window, or the part of it that a
small cluster asks for. Its weights agree with the mosaic's symmetry: `tied.symmetry`.

Reference: O. Ronneberger, P. Fischer, T. Brox, *U-Net*, MICCAI 2015; residual blocks without
normalisation: B. Lim et al., *Enhanced deep residual networks*, CVPRW 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.kernels.cluster_window import RIM
from stages.learned.tied.layers import Block, Doubling, Folding, Halving, Unfolding
from stages.learned.tied.symmetry import CELLS, FEATURES, FOLDED, SITES, Channels, Kind, Symmetry

SMALL_INSET = 2
"""Packed pixels by which a small core is smaller on each side: 12 raw pixels in place of 20."""

SYMMETRIES = {
    4: Symmetry(
        4,
        {
            "stem1": Kind(FEATURES, Channels(steps=(1, 2), origin=3), pixels=4),
            "down2": Kind(FEATURES, FOLDED),
            "up": Kind(FOLDED, FEATURES),
            "stem0": Kind(FEATURES, CELLS, pixels=2),
            "residual": Kind(CELLS, FEATURES, pixels=2),
            "log_spread": Kind(CELLS, FEATURES, pixels=2),
            "": Kind(),
        },
    ),
    8: Symmetry(
        8,
        {
            # Of 4x4 pixels features lie at the red site next to the middle.
            "stem1": Kind(FEATURES, Channels(steps=(1, 2), origin=4), pixels=4),
            "stem0": Kind(FEATURES, SITES, pixels=2),
            "residual": Kind(SITES, FEATURES, pixels=2),
            "log_spread": Kind(SITES, FEATURES, pixels=2),
            "": Kind(),
        },
    ),
}
"""What layers connect, by the beginnings of their names, for each number of views."""


@dataclass(frozen=True)
class Shape:
    """Widths (channels) and depths (residual blocks) of a network.

    Parameters
    ----------
    width0, width1, width2 : int
        Channels at packed, half and quarter packed resolution; multiples of ``views``.
    encoder1, bottom, decoder1, decoder0 : int
        Residual blocks: before the bottom, at the bottom, after it, and at packed resolution.
    views : int
        In which it answers alike, 4 or 8; see `tied.symmetry`.
    """

    width0: int = 80
    width1: int = 48
    width2: int = 64
    encoder1: int = 1
    bottom: int = 1
    decoder1: int = 1
    decoder0: int = 1
    views: int = 8

    @staticmethod
    def checked(values: object) -> Shape:
        """A shape from what a file says; raises `ValueError` unless all are sensible whole numbers."""
        names = {field.name for field in fields(Shape)}
        if not isinstance(values, dict) or set(values) != names:
            raise ValueError(f"a shape needs the fields {', '.join(sorted(names))}")
        for name, value in values.items():
            most = 256 if name.startswith("width") else 16
            if type(value) is not int or not 0 < value <= most:
                raise ValueError(f"a shape's {name} is a whole number from 1 to {most}")
        if values["views"] not in SYMMETRIES:
            raise ValueError(f"a shape has 4 or 8 views, not {values['views']}")
        return Shape(**values)

    @property
    def symmetry(self) -> Symmetry:
        """What the weights agree with."""
        return SYMMETRIES[self.views]


def _blocks(count: int, width: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))


def ready(network: ClusterNet) -> ClusterNet:
    """The network with its weights laid out as CPUs and GPUs convolve fastest: channels last."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


class ClusterNet(nn.Module):
    """Residual of the first fill, and the logarithm of its expected error, on a window's core."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        fine, middle, coarse = shape.width0, shape.width1, shape.width2
        self.stem1 = nn.Conv2d(32, middle, 3, padding=1)
        self.encoder1 = _blocks(shape.encoder1, middle)
        narrower, wider = (Folding, Unfolding) if shape.views == 4 else (Halving, Doubling)
        self.down2 = narrower(middle, coarse)
        self.bottom = _blocks(shape.bottom, coarse)
        self.up1 = wider(coarse, middle)
        self.decoder1 = _blocks(shape.decoder1, middle)
        self.up0 = wider(middle, fine, whole=False)
        self.stem0 = nn.Conv2d(8, fine, 3)
        self.decoder0 = _blocks(shape.decoder0, fine)
        self.residual = nn.Conv2d(fine, 4, 3, padding=1)
        reach = 0 if shape.views == 4 else 1  # sites beside a red one lie between positions
        self.log_spread = nn.Conv2d(fine, 4, 2 * reach + 1, padding=reach)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.log_spread.weight)

    def forward(self, x: Tensor, insets: Sequence[int] | None = None) -> tuple[Tensor, Tensor]:
        """Predict a batch.

        Parameters
        ----------
        x : tensor (N, 8, PACKED, PACKED)
            Filled codes of four planes and their masks, see
            `stages.kernels.cluster_window.encode_window`.
        insets : sequence of int, optional
            For each window, packed pixels on each side of the core that nobody asks for, 0 or
            `SMALL_INSET`: they are not computed and come out as 0. Windows of one inset are best
            neighbours.

        Returns
        -------
        residual, log_spread : tensors (N, 4, CORE, CORE)
            To be added to the filled codes; logarithm of the expected absolute error (codes).
        """
        middle = self._surroundings(x)
        parts, first = [], 0
        for inset, group in groupby([0] * len(x) if insets is None else insets):
            last = first + len(list(group))
            inner = self._core(middle[first:last], x[first:last], inset)
            parts.append([functional.pad(one, [inset] * 4) for one in inner])
            first = last
        residual, log_spread = (torch.cat(one) for one in zip(*parts, strict=True))
        return residual, log_spread

    def _surroundings(self, x: Tensor) -> Tensor:
        """What the whole window says, at a quarter of the raw resolution: (N, width1, 10, 10)."""
        middle = self.encoder1(functional.relu(self.stem1(functional.pixel_unshuffle(x, 2))))
        coarse = functional.relu(self.down2(middle))
        return cast(Tensor, middle + self.up1(self.bottom(coarse)))

    def _core(self, middle: Tensor, x: Tensor, inset: int) -> tuple[Tensor, Tensor]:
        """Residual and log spread of a core that is smaller by the inset on each side."""
        middle = _trimmed(self.decoder1(_trimmed(middle, 1 + inset // 2)), 1)
        fine = self.stem0(_trimmed(x, RIM - 1 + inset))
        fine = functional.relu(fine + self.up0(middle))
        fine = functional.relu(self.decoder0(fine))
        return self.residual(fine), self.log_spread(fine.detach())


def _trimmed(x: Tensor, by: int) -> Tensor:
    """Without so many rows and columns on each side."""
    return x[:, :, by:-by, by:-by]
