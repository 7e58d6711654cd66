"""Colour planes on windows: how fills that know nothing of mosaics and levels are applied to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from isp.windows import Window, windows
from stages.kernels.batches import in_batches
from stages.kernels.encoding import CODES, Encoding, decoded_at, encoded_at
from stages.kernels.regions import Region, regions

Fill = Callable[[NDArray[np.float32], NDArray[np.uint8]], NDArray[np.float32]]
GAP = 3  # plane pixels: closer groups share a window
BATCH = 16  # windows that one thread takes at a time


def fill_planes(
    frame: RawFrame, defects: DefectMap, fill: Fill, *, margin: int, encoding: Encoding
) -> Repair:
    """Fill the marked pixels of each colour plane, window by window.

    Parameters
    ----------
    frame : RawFrame
        Bayer (four planes, Gr and Gb apart) or mono (one plane).
    defects : DefectMap
        Marked pixels.
    fill : callable (values, holes) -> filled
        Gets a plane's window: float32 (h, w) encoded values, 0 black, 1 white, 0 in the holes; uint8
        (h, w), 1 in the holes. Returns float32 (h, w). May run on several threads.
    margin : int
        Surroundings on each side of a group, in pixels of a plane.
    encoding : str
        Curve that values are filled on.

    Returns
    -------
    Repair
        Not repaired: holes whose window has no good pixel of their plane.
    """
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        values[region.entries], repaired[region.entries] = _fill_region(
            frame, region, fill, margin, CODES[encoding]
        )
    return Repair(values, repaired)


def _fill_region(
    frame: RawFrame, region: Region, fill: Fill, margin: int, code: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    period = 1 if frame.cfa.family == "mono" else 2
    rows, cols = region.defects.rows, region.defects.cols
    values, done = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.bool_)
    black = frame.levels.black
    scale = 1.0 / (frame.levels.white - black)

    def fill_window(window: Window) -> None:
        area = window.area
        phase_of = rows[window.entries] % period * period + cols[window.entries] % period
        for phase in np.unique(phase_of):
            i, j = divmod(int(phase), period)
            shape = (-(-(area.height - i) // period), -(-(area.width - j) // period))
            encoded, holes = np.zeros(shape, np.float32), np.ones(shape, np.uint8)
            start = (area.top + i, area.left + j)
            good = _take(
                frame.mosaic, black, scale, region.unusable, start, period, code, encoded, holes
            )
            if good == 0:
                continue
            mine = window.entries[phase_of == phase]
            filled = fill(encoded, holes)
            _give(filled, black, scale, start, period, code, rows, cols, mine, values, done)

    found = windows(region.defects, margin * period, GAP * period, period)

    def fill_batch(first: int) -> None:
        for window in found[first : first + BATCH]:
            fill_window(window)

    in_batches(fill_batch, len(found), BATCH)
    return values, done


@kernel()
def _take(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    start: tuple[int, int],
    step: int,
    code: int,
    encoded: NDArray[np.float32],
    holes: NDArray[np.uint8],
) -> int:
    """Encode one plane of a window (holes stay 0); the number of its good pixels."""
    good = 0
    for i in range(encoded.shape[0]):
        for j in range(encoded.shape[1]):
            r, c = start[0] + i * step, start[1] + j * step
            if not unusable[r, c]:
                encoded[i, j] = encoded_at(mosaic, black, scale, r, c, code)
                holes[i, j] = 0
                good += 1
    return good


@kernel()
def _give(
    filled: NDArray[np.float32],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    start: tuple[int, int],
    step: int,
    code: int,
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    mine: NDArray[np.intp],
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    """Decode the filled values of the entries ``mine``."""
    for k in mine:
        value = filled[(rows[k] - start[0]) // step, (cols[k] - start[1]) // step]
        values[k] = decoded_at(value, black, scale, rows[k], cols[k], code)
        done[k] = True
