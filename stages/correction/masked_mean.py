"""Inverse-distance weighted mean of the good same-colour pixels in a growing window.

Reference: D. Shepard, *A two-dimensional interpolation function for irregularly-spaced data*, ACM
National Conference, 1968; with power 0 the masked mean of detector pipelines (astroscrappy's
``meanmask``).
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
from stages.kernels.same_colour import Green, Neighbours, gather, neighbours, repair_by_neighbours


@kernel()
def _walk(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    table: Neighbours,
    min_good: int,
    weight: NDArray[np.float64],
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    found = np.empty(len(table.ring))
    which = np.empty(len(table.ring), np.intp)
    for i in range(len(rows)):
        count = gather(mosaic, black, unusable, rows[i], cols[i], table, min_good, found, which)
        total, weights = 0.0, 0.0
        for k in range(count):
            total += weight[which[k]] * found[k]
            weights += weight[which[k]]
        if count > 0:
            values[i] = total / weights
            done[i] = True


@stage(
    kind="corrector",
    reference="Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968",
)
def masked_mean(
    frame: RawFrame,
    defects: DefectMap,
    *,
    min_good: Annotated[int, Field(ge=1, le=64, description="good pixels to go by")] = 3,
    power: Annotated[float, Field(ge=0, le=8, description="weight = distance to the -power")] = 2.0,
    green: Annotated[Green, Field(description="Gr and Gb apart or as one colour")] = "merged",
    reach_px: Annotated[int, Field(ge=1, le=128, description="largest distance, pixels")] = 32,
) -> Repair:
    """Weighted mean of the good same-colour pixels in a square window that grows until it has enough.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    min_good : int
        The window stops growing once it holds this many good pixels.
    power : float
        Weights are distance to the minus power; 0 is the plain mean.
    green : str
        ``split`` or ``merged``.
    reach_px : int
        Half side of the largest window in pixels.

    Returns
    -------
    Repair
        Not repaired: pixels with no good one in reach.
    """
    table = neighbours(frame.cfa, reach_px, green)
    weight = np.hypot(table.drow, table.dcol).astype(np.float64) ** -power
    return repair_by_neighbours(frame, defects, table, _walk, min_good, weight)
