"""Marked pixels in groups, and large groups in tiles: the units of work of window methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.windows import group

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tiles:
    """Tiles of a map's groups; those of one group stand together.

    Parameters
    ----------
    order : int array of shape (N,)
        Entries of the map, tile by tile.
    start : int array of shape (T + 1,)
        First of each tile's entries in ``order``.
    box : int array of shape (T, 4)
        Smallest box of each tile's entries: top, left, bottom, right (the last two exclusive).
    group_start : int array of shape (G + 1,)
        First tile of each group.
    """

    order: Ints
    start: Ints
    box: Ints
    group_start: Ints

    def grown(self, margin: int) -> Ints:
        """The tiles' boxes with ``margin`` pixels more on each side; may reach beyond the frame."""
        return np.asarray(self.box + np.array([-margin, -margin, margin, margin]))

    @property
    def spans(self) -> Ints:
        """Longest side of any tile, per group."""
        side = np.maximum(self.box[:, 2] - self.box[:, 0], self.box[:, 3] - self.box[:, 1])
        return np.maximum.reduceat(side, self.group_start[:-1])


def _none() -> Tiles:
    nothing = np.zeros(0, np.int64)
    origin = np.zeros(1, np.int64)
    return Tiles(nothing, origin, np.zeros((0, 4), np.int64), origin)


def tiles(defects: DefectMap, side: int, gap: int) -> Tiles:
    """Group marked pixels and cut what is longer than ``side`` into even tiles.

    Parameters
    ----------
    defects : DefectMap
        Marked pixels.
    side : int
        Longest side of a tile in pixels.
    gap : int
        Pixels at most this far apart, in rows and in columns, are of one group.

    Returns
    -------
    Tiles
        Groups in reading order of their first pixels.
    """
    if len(defects) == 0:
        return _none()
    label = group(defects, gap)
    count = int(label.max()) + 1
    rows, cols = defects.rows.astype(np.int64), defects.cols.astype(np.int64)
    tile = [_cut(label, count, place, side) for place in (rows, cols)]
    order = np.lexsort((tile[1], tile[0], label))
    keys = np.stack([label, *tile])[:, order]
    start = np.flatnonzero(np.any(np.diff(keys, axis=1, prepend=-1), axis=0))
    r, c = rows[order], cols[order]
    box = [np.minimum.reduceat(r, start), np.minimum.reduceat(c, start)]
    box += [np.maximum.reduceat(r, start) + 1, np.maximum.reduceat(c, start) + 1]
    group_start = np.searchsorted(keys[0][start], np.arange(count + 1))
    return Tiles(order, np.append(start, len(order)), np.stack(box, axis=1), group_start)


def _cut(label: NDArray[np.int32], count: int, place: Ints, side: int) -> Ints:
    """Number of the slice of its group that each pixel lies in, along one axis."""
    first = np.full(count, np.iinfo(np.int64).max)
    last = np.zeros(count, np.int64)
    np.minimum.at(first, label, place)
    np.maximum.at(last, label, place)
    length = last - first + 1
    slices = -(-length // side)
    return np.asarray((place - first[label]) * slices[label] // length[label])
