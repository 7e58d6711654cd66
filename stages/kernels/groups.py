"""Repairs that take one group of marked pixels after the other, each in a window of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from isp.windows import group
from stages.kernels.batches import in_batches
from stages.kernels.encoding import CODES, Encoding, decoded_at, encoded_at
from stages.kernels.regions import Region, regions

ABSENT: Final = 0  # no pixel, or one that must not be looked at
GOOD: Final = 1
HOLE: Final = 2
BATCH = 32  # groups that one thread takes at a time


def repair_by_groups(
    frame: RawFrame,
    defects: DefectMap,
    walk: Callable[..., None],
    *params: Any,
    gap: int,
    encoding: Encoding,
) -> Repair:
    """Run a group kernel over the groups of marked pixels, on all cores.

    Parameters
    ----------
    frame, defects
        The frame and its marked pixels.
    walk : kernel
        ``walk(mosaic, black, scale, unusable, rows, cols, members, starts, code, *params, values,
        done)``: for each group g, whose entries are ``members[starts[g]:starts[g + 1]]``, writes DN to
        ``values`` and whether there was anything to go by to ``done``.
    *params
        Further arguments of the kernel.
    gap : int
        Marked pixels that differ by no more than this in row and in column are of one group.
    encoding : str
        Curve that values are filled on; the kernel gets its code.

    Returns
    -------
    Repair
        In the frame's DN.
    """
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        values[region.entries], repaired[region.entries] = _repair_region(
            frame, region, walk, params, gap, CODES[encoding]
        )
    return Repair(values, repaired)


def _repair_region(
    frame: RawFrame,
    region: Region,
    walk: Callable[..., None],
    params: tuple[Any, ...],
    gap: int,
    code: int,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    label = group(region.defects, gap)
    members, starts = _by_group(label)
    black, white = frame.levels.black, frame.levels.white
    rows, cols = region.defects.rows, region.defects.cols
    values, done = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.bool_)

    def batch(first: int) -> None:
        own = starts[first : first + BATCH + 1]
        place = (frame.mosaic, black, 1.0 / (white - black), region.unusable)
        walk(*place, rows, cols, members, own, code, *params, values, done)

    in_batches(batch, len(starts) - 1, BATCH)
    return values, done


@kernel()
def _by_group(label: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Entries in the order of their groups, and where each group starts (one more at the end)."""
    starts = np.zeros(label.max() + 2, np.intp)
    for group_number in label:
        starts[group_number + 1] += 1
    starts = np.cumsum(starts)
    members, place = np.empty(len(label), np.intp), starts.copy()
    for entry in range(len(label)):
        members[place[label[entry]]] = entry
        place[label[entry]] += 1
    return members, starts


@kernel()
def open_window(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    mine: NDArray[np.intp],
    margin: int,
    rim: int,
    code: int,
) -> tuple[NDArray[np.float64], NDArray[np.uint8], int, int]:
    """Encoded values and states of a window round one group.

    Parameters
    ----------
    mosaic, black, scale, unusable, rows, cols
        See `repair_by_groups`.
    mine : int array
        The group's entries.
    margin : int
        Surroundings on each side in pixels.
    rim : int
        Further cells on each side that stay absent, so that stencils need no border test.
    code : int
        Curve, see `stages.kernels.encoding`.

    Returns
    -------
    (float64 (h, w), uint8 (h, w), int, int)
        Values (0 where not good); `ABSENT`, `GOOD` or `HOLE`; frame row and column of the window's
        first cell. Marked pixels of other groups are absent.
    """
    height, width = mosaic.shape
    left, right = cols[mine[0]], cols[mine[0]]
    for k in mine:
        left, right = min(left, cols[k]), max(right, cols[k])
    top, left = rows[mine[0]] - margin - rim, left - margin - rim
    bottom, right = rows[mine[-1]] + margin + rim + 1, right + margin + rim + 1
    values = np.zeros((bottom - top, right - left))
    state = np.zeros(values.shape, np.uint8)
    for r in range(max(top + rim, 0), min(bottom - rim, height)):
        for c in range(max(left + rim, 0), min(right - rim, width)):
            if not unusable[r, c]:
                state[r - top, c - left] = GOOD
                values[r - top, c - left] = encoded_at(mosaic, black, scale, r, c, code)
    for k in mine:
        state[rows[k] - top, cols[k] - left] = HOLE
    return values, state, top, left


@kernel()
def close_window(
    filled: NDArray[np.float64],
    state: NDArray[np.uint8],
    top: int,
    left: int,
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    mine: NDArray[np.intp],
    code: int,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    """Write a group's filled values as DN; cells that are no longer `HOLE` were not repaired."""
    for k in mine:
        i, j = rows[k] - top, cols[k] - left
        if state[i, j] == HOLE:
            values[k] = decoded_at(filled[i, j], black, scale, rows[k], cols[k], code)
            done[k] = True
