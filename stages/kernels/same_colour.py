"""Same-colour neighbours of any CFA as tables of offsets, and the repairs that go by them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from stages.kernels.regions import regions

Green = Literal["split", "merged"]


class Neighbours(NamedTuple):
    """Same-colour offsets of each CFA site, nearest ring first.

    Parameters
    ----------
    start : int32 array of shape (period rows, period columns, 2)
        First and one past the last offset of each site.
    drow, dcol : int16 arrays of shape (M,)
        Offsets from a site to a site of its colour.
    ring : int16 array of shape (M,)
        max(abs(drow), abs(dcol)): the growing square window that an offset first appears in.
    """

    start: NDArray[np.int32]
    drow: NDArray[np.int16]
    dcol: NDArray[np.int16]
    ring: NDArray[np.int16]


@lru_cache(maxsize=32)
def neighbours(cfa: Cfa, reach_px: int, green: Green) -> Neighbours:
    """Table of same-colour offsets.

    Parameters
    ----------
    cfa : Cfa
        Colour filter array, any pattern.
    reach_px : int
        Largest row or column distance in pixels.
    green : str
        ``split`` keeps the greens of red and of blue rows apart, ``merged`` takes them as one colour.

    Returns
    -------
    Neighbours
        Offsets ordered by ring, then by distance, then in reading order.
    """
    colour = np.asarray(cfa.pattern)
    if green == "merged":
        colour = np.asarray(CHANNEL_OF_SITE)[colour]
    span = np.arange(-reach_px, reach_px + 1)
    drow, dcol = (axis.ravel() for axis in np.meshgrid(span, span, indexing="ij"))
    ring = np.maximum(np.abs(drow), np.abs(dcol))
    order = np.lexsort((dcol, drow, drow**2 + dcol**2, ring))[1:]  # without the pixel itself
    drow, dcol, ring = drow[order], dcol[order], ring[order]
    rows, cols = cfa.period
    start = np.zeros((rows, cols, 2), np.int32)
    parts = []
    used = 0
    for i in range(rows):
        for j in range(cols):
            same = np.flatnonzero(colour[(i + drow) % rows, (j + dcol) % cols] == colour[i, j])
            start[i, j] = used, used + len(same)
            used += len(same)
            parts.append(same)
    chosen = np.concatenate(parts)
    return Neighbours(start, *(a[chosen].astype(np.int16) for a in (drow, dcol, ring)))


Walk = Callable[..., None]


def repair_by_neighbours(
    frame: RawFrame,
    defects: DefectMap,
    walk: Walk,
    *params: Any,
    green: Green,
    reach_px: int,
) -> Repair:
    """Run a neighbour kernel over the marked pixels.

    Parameters
    ----------
    frame, defects
        The frame and its marked pixels.
    walk : kernel
        ``walk(mosaic, black, unusable, rows, cols, table, *params, values, done)``: for each marked
        pixel writes DN above black to ``values`` (float32) and whether there was anything to go by to
        ``done`` (bool).
    *params
        Further arguments of the kernel.
    green, reach_px
        See `neighbours`.

    Returns
    -------
    Repair
        In the frame's DN.
    """
    table = neighbours(frame.cfa, reach_px, green)
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    black = frame.levels.black
    for region in regions(defects):
        rows, cols = region.defects.rows, region.defects.cols
        out = np.zeros(len(rows), np.float32)
        done = np.zeros(len(rows), np.bool_)
        walk(frame.mosaic, black, region.unusable, rows, cols, table, *params, out, done)
        values[region.entries] = out + frame.levels.pick(black, rows, cols)
        repaired[region.entries] = done
    return Repair(values, repaired)


@kernel()
def gather(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
    table: Neighbours,
    min_good: int,
    found: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> int:
    """Collect good same-colour pixels in a square window that grows until it holds enough.

    Parameters
    ----------
    mosaic, black, unusable
        DN (H, W); black per site; True (H, W) where a pixel must not be used.
    row, col : int
        The marked pixel.
    table : Neighbours
        Same-colour offsets.
    min_good : int
        The window stops growing once it holds this many good pixels.
    found, weight : float64 arrays
        Filled with DN above black and with squared distances; as long as the longest site's table.

    Returns
    -------
    int
        Number of pixels collected, 0 where nothing good is in reach.
    """
    height, width = mosaic.shape
    count = 0
    last = 0
    start = table.start[row % table.start.shape[0], col % table.start.shape[1]]
    for k in range(start[0], start[1]):
        if table.ring[k] != last:
            if count >= min_good:
                break
            last = table.ring[k]
        r, c = row + table.drow[k], col + table.dcol[k]
        if 0 <= r < height and 0 <= c < width and not unusable[r, c]:
            found[count] = mosaic[r, c] - black[r % black.shape[0], c % black.shape[1]]
            weight[count] = table.drow[k] ** 2 + table.dcol[k] ** 2
            count += 1
    return count
