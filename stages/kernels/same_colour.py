"""Same-colour neighbours of any CFA as tables, and the repairs that go by them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from stages.kernels.batches import in_batches
from stages.kernels.regions import regions

Green = Literal["split", "merged"]
BATCH = 2048  # marked pixels that one thread takes at a time


class Neighbours(NamedTuple):
    """Same-colour offsets of each CFA site, nearest ring first.

    Parameters
    ----------
    start : int32 array of shape (period rows, period columns, 2)
        First and one past the last offset of each site.
    drow, dcol : int16 arrays of shape (M,)
        Offsets from a site to a site of its colour.
    ring : int32 array of shape (M,)
        Number of the ring that an offset lies on, rising: half side of a square or squared distance.
    pair : bool array of shape (M,)
        Whether the opposite offset has that colour too; set for one offset of each such pair.
    """

    start: NDArray[np.int32]
    drow: NDArray[np.int16]
    dcol: NDArray[np.int16]
    ring: NDArray[np.int32]
    pair: NDArray[np.bool_]


class Lines(NamedTuple):
    """Same-colour sites along straight lines through each CFA site.

    Parameters
    ----------
    steps : int16 array of shape (period rows, period columns, 8, n)
        Numbers of steps that lead to a site of the same colour, rising; 0 once there are no more.
    """

    steps: NDArray[np.int16]


# Directions of `Lines`: right, down, down-right, down-left, and each reversed four further on.
DIRECTIONS: Final = ((0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1))


def _colours(cfa: Cfa, green: Green) -> NDArray[np.intp]:
    """Numbers that are equal where two sites of the pattern count as one colour."""
    sites = np.asarray(cfa.pattern)
    return np.asarray(CHANNEL_OF_SITE)[sites] if green == "merged" else sites


@lru_cache(maxsize=32)
def neighbours(
    cfa: Cfa, reach_px: int, green: Green, rings: Literal["square", "round"] = "square"
) -> Neighbours:
    """Table of same-colour offsets.

    Parameters
    ----------
    cfa : Cfa
        Colour filter array, any pattern.
    reach_px : int
        Largest row or column distance in pixels.
    green : str
        ``split`` keeps the greens of red and of blue rows apart, ``merged`` takes them as one colour.
    rings : str
        Growing squares, or one ring for each distance.

    Returns
    -------
    Neighbours
        Offsets ordered by ring, then by distance, then in reading order.
    """
    colour = _colours(cfa, green)
    span = np.arange(-reach_px, reach_px + 1)
    drow, dcol = (axis.ravel() for axis in np.meshgrid(span, span, indexing="ij"))
    distance2 = drow**2 + dcol**2
    ring = np.maximum(np.abs(drow), np.abs(dcol)) if rings == "square" else distance2
    order = np.lexsort((dcol, drow, distance2, ring))[1:]  # without the pixel itself
    drow, dcol, ring = drow[order], dcol[order], ring[order]
    rows, cols = cfa.period
    forward = (drow > 0) | ((drow == 0) & (dcol > 0))
    start = np.zeros((rows, cols, 2), np.int32)
    chosen, pair = [], []
    for i in range(rows):
        for j in range(cols):
            same = colour[(i + drow) % rows, (j + dcol) % cols] == colour[i, j]
            opposite = colour[(i - drow) % rows, (j - dcol) % cols] == colour[i, j]
            start[i, j] = start.max(), start.max() + same.sum()
            chosen.append(np.flatnonzero(same))
            pair.append((forward & opposite)[same])
    sites = np.concatenate(chosen)
    return Neighbours(
        start,
        drow[sites].astype(np.int16),
        dcol[sites].astype(np.int16),
        ring[sites].astype(np.int32),
        np.concatenate(pair),
    )


@lru_cache(maxsize=32)
def lines(cfa: Cfa, reach_px: int, green: Green) -> Lines:
    """Table of same-colour sites along the eight `DIRECTIONS`; parameters as for `neighbours`."""
    colour = _colours(cfa, green)
    rows, cols = cfa.period
    steps = np.zeros((rows, cols, len(DIRECTIONS), reach_px + 1), np.int16)
    walk = np.arange(1, reach_px + 1)
    for i in range(rows):
        for j in range(cols):
            for d, (drow, dcol) in enumerate(DIRECTIONS):
                there = colour[(i + walk * drow) % rows, (j + walk * dcol) % cols]
                same = walk[there == colour[i, j]]
                steps[i, j, d, : len(same)] = same
    return Lines(steps)


Walk = Callable[..., None]


def repair_by_neighbours(
    frame: RawFrame,
    defects: DefectMap,
    table: Neighbours | Lines,
    walk: Walk,
    *params: Any,
) -> Repair:
    """Run a neighbour kernel over the marked pixels.

    Parameters
    ----------
    frame, defects
        The frame and its marked pixels.
    table : Neighbours or Lines
        Passed on to the kernel.
    walk : kernel
        ``walk(mosaic, black, unusable, rows, cols, table, *params, values, done)``: for each marked
        pixel writes DN above black to ``values`` (float32) and whether there was anything to go by to
        ``done`` (bool).
    *params
        Further arguments of the kernel.

    Returns
    -------
    Repair
        In the frame's DN.
    """
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    black = frame.levels.black
    for region in regions(defects):
        rows, cols = region.defects.rows, region.defects.cols
        out, done = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.bool_)
        place = (frame.mosaic, black, region.unusable)
        columns = (rows, cols, out, done)

        def batch(
            first: int, place: tuple[Any, ...] = place, columns: tuple[Any, ...] = columns
        ) -> None:
            r, c, v, d = (column[first : first + BATCH] for column in columns)
            walk(*place, r, c, table, *params, v, d)

        in_batches(batch, len(rows), BATCH)
        values[region.entries] = out + frame.levels.pick(black, rows, cols)
        repaired[region.entries] = done
    return Repair(values, repaired)


@kernel()
def signal_at(mosaic: NDArray[Any], black: NDArray[np.float64], row: int, col: int) -> float:
    """DN above the black level of the site."""
    return float(mosaic[row, col] - black[row % black.shape[0], col % black.shape[1]])


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
    which: NDArray[np.intp],
) -> int:
    """Collect good same-colour pixels ring by ring until there are enough.

    Parameters
    ----------
    mosaic, black, unusable
        DN (H, W); black per site; True (H, W) where a pixel must not be used.
    row, col : int
        The marked pixel.
    table : Neighbours
        Same-colour offsets.
    min_good : int
        No further ring is begun once there are this many.
    found : float64 array
        Filled with DN above black; room for every offset of a site.
    which : int array
        Filled with the offsets' places in the table.

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
            found[count] = signal_at(mosaic, black, r, c)
            which[count] = k
            count += 1
    return count


@kernel()
def nearest_along(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
    table: Lines,
    direction: int,
) -> tuple[float, int]:
    """Find the nearest good same-colour pixel in one direction.

    Parameters
    ----------
    mosaic, black, unusable, row, col
        See `gather`.
    table : Lines
        Same-colour sites along lines, as far as one looks.
    direction : int
        Index of `DIRECTIONS`.

    Returns
    -------
    (float, int)
        Its DN above black and its number of steps; (0, 0) where there is none.
    """
    height, width = mosaic.shape
    drow, dcol = DIRECTIONS[direction]
    for k in table.steps[row % table.steps.shape[0], col % table.steps.shape[1], direction]:
        r, c = row + k * drow, col + k * dcol
        if k == 0 or r < 0 or r >= height or c < 0 or c >= width:
            break
        if not unusable[r, c]:
            return signal_at(mosaic, black, r, c), k
    return 0.0, 0
