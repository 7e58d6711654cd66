"""The nearest good same-colour pixels left, right, above and below, weighted by distance.

Reference: the bad-pixel interpolation of raw decoders (RawSpeed), restated: linear interpolation along
the row and along the column, the nearer pair counting for more; constant where only one end is there.
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
from stages.kernels.same_colour import Lines, lines, nearest_along, repair_by_neighbours


@kernel()
def _walk(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    table: Lines,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    for i in range(len(rows)):
        total, weights = 0.0, 0.0
        for direction in (0, 1, 4, 5):  # right, down, left, up
            value, distance = nearest_along(
                mosaic, black, unusable, rows[i], cols[i], table, direction
            )
            if distance > 0:
                total += value / distance
                weights += 1.0 / distance
        if weights > 0:
            values[i] = total / weights
            done[i] = True


@stage(kind="corrector", reference="Nearest good neighbour in four directions, as in RawSpeed")
def nearest_four(
    frame: RawFrame,
    defects: DefectMap,
    *,
    reach_px: Annotated[int, Field(ge=1, le=1024, description="largest distance, pixels")] = 64,
) -> Repair:
    """Mean of the nearest good same-colour pixel in each of four directions, weights 1 / distance.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype. In a row or a column Gr and Gb never meet, so they are kept apart.
    defects : DefectMap
        Marked pixels; none of them is used.
    reach_px : int
        How far to look in each direction, in pixels.

    Returns
    -------
    Repair
        Not repaired: pixels with no good one in any direction within reach.
    """
    table = lines(frame.cfa, reach_px, "split")
    return repair_by_neighbours(frame, defects, table, _walk)
