"""Interpolation along the direction in which the surroundings change least.

Reference: gradient-adaptive correction of signal processors, as in Yongji and Xiaojun, *A dynamic
defective pixel correction for image sensor*, IEEE ICAICA 2020; here between the nearest good pixels of
each direction, so that holes of any size can be crossed.
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
from stages.kernels.same_colour import Green, Lines, lines, nearest_along, repair_by_neighbours


@kernel()
def _difference(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
    table: Lines,
    direction: int,
) -> float:
    """Absolute difference of the two ends of a line through a pixel; -1 where an end is missing."""
    height, width = mosaic.shape
    if row < 0 or row >= height or col < 0 or col >= width:
        return -1.0
    a, near = nearest_along(mosaic, black, unusable, row, col, table, direction)
    if near == 0:
        return -1.0
    b, far = nearest_along(mosaic, black, unusable, row, col, table, direction + 4)
    return abs(a - b) if far > 0 else -1.0


@kernel()
def _walk(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    table: Lines,
    tolerance: float,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    period = table.steps.shape  # lines of the same colours are a period apart
    sides = ((period[0], 0), (0, period[1]), (period[0], 0), (period[0], 0))
    units = (1.0, 1.0, np.sqrt(2.0), np.sqrt(2.0))
    gradient, value, length = np.empty(4), np.empty(4), np.empty(4)
    for i in range(len(rows)):
        row, col = rows[i], cols[i]
        total, weights = 0.0, 0.0
        least = np.inf
        for d in range(4):
            a, near = nearest_along(mosaic, black, unusable, row, col, table, d)
            b, far = nearest_along(mosaic, black, unusable, row, col, table, d + 4)
            gradient[d] = np.inf
            if near > 0:
                total += a / (near * units[d])
                weights += 1.0 / (near * units[d])
            if far > 0:
                total += b / (far * units[d])
                weights += 1.0 / (far * units[d])
            if near == 0 or far == 0:
                continue
            value[d] = (a * far + b * near) / (near + far)
            length[d] = (near + far) * units[d]
            change, lines_seen = 2.0 * abs(a - b), 2.0
            for side in (-1, 1):
                r, c = row + side * sides[d][0], col + side * sides[d][1]
                beside = _difference(mosaic, black, unusable, r, c, table, d)
                if beside >= 0:
                    change += beside
                    lines_seen += 1.0
            gradient[d] = change / lines_seen * length[d]
            least = min(least, gradient[d])
        if least < np.inf:
            total, weights = 0.0, 0.0
            for d in range(4):
                if gradient[d] <= tolerance * least:
                    total += value[d] / length[d]
                    weights += 1.0 / length[d]
        if weights > 0:
            values[i] = total / weights
            done[i] = True


@stage(
    kind="corrector",
    reference="Yongji and Xiaojun, A dynamic defective pixel correction for image sensor, 2020",
)
def directional(
    frame: RawFrame,
    defects: DefectMap,
    *,
    tolerance: Annotated[
        float, Field(ge=1, le=100, description="gradients up to this times the least count")
    ] = 2.5,
    green: Annotated[Green, Field(description="Gr and Gb apart or as one colour")] = "merged",
    reach_px: Annotated[int, Field(ge=1, le=1024, description="largest distance, pixels")] = 32,
) -> Repair:
    """Linear interpolation along the direction (of four) with the smallest gradient.

    The gradient of a direction is the difference of the nearest good pixels at both ends, averaged with
    that of the parallel lines beside it, times their distance. Where no direction has two ends, the ends
    that there are count by their nearness.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    tolerance : float
        Directions whose gradient is at most this times the smallest are averaged.
    green : str
        ``split`` or ``merged``.
    reach_px : int
        How far to look in each direction, in pixels.

    Returns
    -------
    Repair
        Not repaired: pixels with no good one in any direction within reach.
    """
    table = lines(frame.cfa, reach_px, green)
    return repair_by_neighbours(frame, defects, table, _walk, tolerance)
