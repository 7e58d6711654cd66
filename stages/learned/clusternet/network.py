"""The network: residual blocks at two scales of the packed planes, most of them where the hole is.

The surroundings are seen at a quarter of the raw resolution (4x4 raw pixels are one position). What they
say joins what is seen at half of it (2x2 raw pixels) round the core of a window, and only the core is
worked out there, or the part of it that a small cluster asks for. The weights agree with the mosaic's
symmetry: `tied.symmetry`. Blocks see zeros beyond what they work out, so that is a little more than is
asked for: else the rim of every hole would be next to them.

Reference: residual blocks without normalisation: B. Lim, S. Son, H. Kim, S. Nah, K. M. Lee, *Enhanced
deep residual networks for single image super-resolution*, CVPRW 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.kernels.cluster_window import CHANNELS, RIM
from stages.learned.tied.layers import Block, Doubling, Packing, Unfolding, active
from stages.learned.tied.symmetry import CELLS, FEATURES, FOLDED, SITES, Channels, Kind, Symmetry

INSETS = (3, 2, 0)
"""Packed pixels by which a core is smaller on each side, the smallest core first: a cluster needs one of
8, of 12 or of all 20 raw pixels."""

MARGIN = 1
"""Packed pixels beyond the core, on each side, that are worked out as well; the last layers take them."""

SYMMETRIES = {
    4: Symmetry(
        4,
        {
            "wide_stem": Kind(FEATURES, Channels(steps=(1, 2), origin=3), pixels=4),
            "up": Kind(FOLDED, FEATURES),
            "stem": Kind(FEATURES, CELLS, pixels=2),
            "residual": Kind(CELLS, FEATURES, pixels=2),
            "log_spread": Kind(CELLS, FEATURES, pixels=2),
            "": Kind(),
        },
    ),
    8: Symmetry(
        8,
        {
            # Of 4x4 pixels features lie at the red site next to the middle.
            "wide_stem": Kind(FEATURES, Channels(steps=(1, 2), origin=4), pixels=4),
            "stem": Kind(FEATURES, SITES, pixels=2),
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
    width, wide_width : int
        Channels at half and at a quarter of the raw resolution; multiples of ``views``.
    around, inner : int
        Residual blocks at a quarter: on the whole window, then on what the core needs of it.
    core : int
        Residual blocks at half, on the core.
    views : int
        In which it answers alike, 4 or 8; see `tied.symmetry`.
    """

    width: int = 80
    wide_width: int = 48
    around: int = 2
    inner: int = 1
    core: int = 2
    views: int = 8

    @staticmethod
    def checked(values: object) -> Shape:
        """A shape from what a file says; raises `ValueError` unless all are sensible whole numbers."""
        names = {field.name for field in fields(Shape)}
        if not isinstance(values, dict) or set(values) != names:
            raise ValueError(f"a shape needs the fields {', '.join(sorted(names))}")
        for name, value in values.items():
            most = 256 if name.endswith("width") else 16
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
        self.wide_stem = Packing(4 * CHANNELS, shape.wide_width, 3, padding=1)
        self.around = _blocks(shape.around, shape.wide_width)
        self.inner = _blocks(shape.inner, shape.wide_width)
        larger = Unfolding if shape.views == 4 else Doubling
        self.up = larger(shape.wide_width, shape.width)
        self.stem = nn.Conv2d(CHANNELS, shape.width, 3)
        self.core = _blocks(shape.core, shape.width)
        self.residual = nn.Conv2d(shape.width, 4, 2 * MARGIN + 1)
        self.log_spread = nn.Conv2d(shape.width, 4, 2 * MARGIN + 1)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.log_spread.weight)

    def forward(self, x: Tensor, insets: Sequence[int] | None = None) -> tuple[Tensor, Tensor]:
        """Predict a batch.

        Parameters
        ----------
        x : tensor (N, CHANNELS, PACKED, PACKED)
            Four planes each of filled codes, masks and misfit, see
            `stages.kernels.cluster_window.normalise_window`.
        insets : sequence of int, optional
            For each window, packed pixels on each side of the core that nobody asks for, one of
            `INSETS`: they are not computed and come out as 0. Windows of one inset are best neighbours.

        Returns
        -------
        residual, log_spread : tensors (N, 4, CORE, CORE)
            To be added to the filled codes; logarithm of the expected absolute error (codes).
        """
        wide = self.around(active(self.wide_stem(x)))
        parts, first = [], 0
        for inset, group in groupby([0] * len(x) if insets is None else insets):
            last = first + len(list(group))
            said = self._of_core(wide[first:last], x[first:last], inset)
            parts.append([functional.pad(one, [inset] * 4) for one in said])
            first = last
        residual, log_spread = (torch.cat(one) for one in zip(*parts, strict=True))
        return residual, log_spread

    def _of_core(self, wide: Tensor, x: Tensor, inset: int) -> tuple[Tensor, Tensor]:
        """Residual and log spread of a core that is smaller by the inset on each side."""
        wide = self.inner(_trimmed(wide, 1 + inset // 2))
        # With eight views features lie at red sites, a packed pixel before what is asked for.
        four = self.shape.views == 4
        wide = self.up(_trimmed(wide, 1)) if four else _trimmed(self.up(wide), 1)
        wide = _trimmed(wide, inset % 2)
        near = self.stem(_trimmed(x, RIM - MARGIN - 1 + inset))
        near = active(self.core(active(near + wide)))
        return self.residual(near), self.log_spread(near.detach())


def _trimmed(x: Tensor, by: int) -> Tensor:
    """Without so many rows and columns on each side."""
    return x[:, :, by : x.shape[2] - by, by : x.shape[3] - by]
