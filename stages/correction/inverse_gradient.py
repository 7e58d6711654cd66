"""Mean of opposite pairs, each weighted by the inverse of its difference and of its distance.

Reference: the bad-pixel interpolation that raw developers use after E. Martinec and I. Weyrich
(RawTherapee), restated from its description.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.registry import stage
from isp.repair import Repair
from stages.kernels.same_colour import (
    Green,
    Neighbours,
    gather,
    neighbours,
    repair_by_neighbours,
    signal_at,
)


@kernel()
def _pairs(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
    table: Neighbours,
    min_pairs: int,
    floor_dn: float,
) -> tuple[float, float]:
    """Weighted sum and weights of the good opposite pairs in a growing square window."""
    height, width = mosaic.shape
    start = table.start[row % table.start.shape[0], col % table.start.shape[1]]
    total, weights = 0.0, 0.0
    count, last = 0, 0
    for k in range(start[0], start[1]):
        if table.ring[k] != last:
            if count >= min_pairs:
                break
            last = table.ring[k]
        if not table.pair[k]:
            continue
        drow, dcol = table.drow[k], table.dcol[k]
        r, c, r2, c2 = row + drow, col + dcol, row - drow, col - dcol
        if r >= height or r2 < 0 or min(c, c2) < 0 or max(c, c2) >= width:
            continue
        if unusable[r, c] or unusable[r2, c2]:
            continue
        a, b = signal_at(mosaic, black, r, c), signal_at(mosaic, black, r2, c2)
        weight = 1.0 / ((abs(a - b) + floor_dn) * np.sqrt(float(drow * drow + dcol * dcol)))
        total += weight * 0.5 * (a + b)
        weights += weight
        count += 1
    return total, weights


@kernel()
def _walk(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    table: Neighbours,
    min_pairs: int,
    floor_dn: float,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    found = np.empty(len(table.ring))
    which = np.empty(len(table.ring), np.intp)
    for i in range(len(rows)):
        total, weights = _pairs(
            mosaic, black, unusable, rows[i], cols[i], table, min_pairs, floor_dn
        )
        if weights == 0:
            count = gather(mosaic, black, unusable, rows[i], cols[i], table, 1, found, which)
            for k in range(count):
                weight = 1.0 / (table.drow[which[k]] ** 2 + table.dcol[which[k]] ** 2)
                total += weight * found[k]
                weights += weight
        if weights > 0:
            values[i] = total / weights
            done[i] = True


@stage(kind="corrector", reference="Martinec and Weyrich, bad-pixel interpolation of RawTherapee")
def inverse_gradient(
    frame: RawFrame,
    defects: DefectMap,
    *,
    min_pairs: Annotated[int, Field(ge=1, le=32, description="opposite pairs to go by")] = 4,
    floor: Annotated[
        float, Field(gt=0, le=1, description="difference that counts as none, part of the range")
    ] = 0.002,
    green: Annotated[Green, Field(description="Gr and Gb apart or as one colour")] = "merged",
    reach_px: Annotated[int, Field(ge=1, le=128, description="largest distance, pixels")] = 32,
) -> Repair:
    """Mean of pairs of good same-colour pixels on opposite sides, the more alike the more weight.

    The window grows until it holds enough pairs; a pair with a bad end is left out. Without any pair in
    reach the nearest good pixels count by the inverse square of their distance.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    min_pairs : int
        The window stops growing once it holds this many pairs.
    floor : float
        Added to a pair's difference, as a part of white − black: pairs of equal pixels get a finite
        weight.
    green : str
        ``split`` or ``merged``.
    reach_px : int
        Half side of the largest window in pixels.

    Returns
    -------
    Repair
        Not repaired: pixels with no good one in reach.
    """
    floor_dn = floor * float((frame.levels.white - frame.levels.black).mean())
    table = neighbours(frame.cfa, reach_px, green)
    return repair_by_neighbours(frame, defects, table, _walk, min_pairs, floor_dn)
