"""Large pictures through a network in tiles whose seams do not show.

A tile is computed with surroundings on every side, and tiles start where the network's strides do: with
surroundings of at least the receptive field the result is the same whatever the tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.errors import StageError
from stages.learned.running.place import Network, Place
from stages.learned.running.threads import side_by_side

Planes = NDArray[np.float32]


@dataclass(frozen=True)
class Span:
    """Part of one axis in network pixels: [start, stop) is kept, [low, high) is computed."""

    start: int
    stop: int
    low: int
    high: int

    @property
    def kept(self) -> slice:
        """The kept part within the computed one."""
        return slice(self.start - self.low, self.stop - self.low)


@dataclass(frozen=True)
class Tiling:
    """How a picture is cut.

    Parameters
    ----------
    multiple : int
        The network takes heights and widths that are multiples of this.
    tile_px : int
        Side of a tile without its surroundings, in network pixels (of a Bayer frame one stands for
        2×2 raw ones); rounded up to the multiple.
    overlap_px : int
        Surroundings on each side, in network pixels; rounded up to the multiple.

    Raises
    ------
    StageError
        If a size is not positive (the overlap may be 0).
    """

    multiple: int
    tile_px: int = 256
    overlap_px: int = 64

    def __post_init__(self) -> None:
        if self.multiple < 1 or self.tile_px < 1 or self.overlap_px < 0:
            raise StageError(
                "Tiles need a positive size and multiple and an overlap of 0 or more; got"
                f" {self.tile_px}, {self.multiple} and {self.overlap_px}."
            )

    def spans(self, length: int) -> list[Span]:
        """The tiles along an axis of the given length."""
        tile, around = self._whole(self.tile_px), self._whole(self.overlap_px)
        return [
            Span(at, stop, at - around, at + self._whole(stop - at) + around)
            for at in range(0, length, tile)
            for stop in [min(at + tile, length)]
        ]

    def _whole(self, size: int) -> int:
        return -(-size // self.multiple) * self.multiple


def over_tiles(
    shape: tuple[int, int],
    read: Callable[[Span, Span], Planes],
    network: Network,
    write: Callable[[Span, Span, Planes], None],
    *,
    tiling: Tiling,
    place: Place,
) -> None:
    """Put a picture through a network tile by tile, tiles side by side on threads.

    Parameters
    ----------
    shape : (int, int)
        Height and width in network pixels.
    read : callable (rows, cols) -> float32 array (C, h, w)
        The computed part of a tile; reaches beyond the picture.
    network : callable
        Tensor (1, C, h, w) to tensor (1, D, h, w).
    write : callable (rows, cols, planes) -> None
        Takes the kept part of a tile, (D, h, w).
    tiling : Tiling
        How it is cut.
    place : Place
        Device and precision; the network is already there.
    """
    pieces = [(rows, cols) for rows in tiling.spans(shape[0]) for cols in tiling.spans(shape[1])]

    def work(piece: tuple[Span, Span]) -> None:
        rows, cols = piece
        out = place.run(network, read(rows, cols)[None])[0]
        write(rows, cols, out[:, rows.kept, cols.kept])

    with side_by_side(max(1, min(place.threads, len(pieces)))) as pool:
        list(pool.map(work, pieces))
