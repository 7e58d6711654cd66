"""Median of the good same-colour pixels in a growing window.

Reference: the median of sensor firmware and raw developers (rawpy's ``enhance``, for one), with the
marked pixels left out of the window.
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
from stages.kernels.median import median_of
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
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    found = np.empty(len(table.ring))
    which = np.empty(len(table.ring), np.intp)
    for i in range(len(rows)):
        count = gather(mosaic, black, unusable, rows[i], cols[i], table, min_good, found, which)
        if count > 0:
            values[i] = median_of(found, count)
            done[i] = True


@stage(kind="corrector", reference="Same-colour median over good pixels only, common practice")
def masked_median(
    frame: RawFrame,
    defects: DefectMap,
    *,
    min_good: Annotated[int, Field(ge=1, le=64, description="good pixels to go by")] = 3,
    green: Annotated[Green, Field(description="Gr and Gb apart or as one colour")] = "merged",
    reach_px: Annotated[int, Field(ge=1, le=128, description="largest distance, pixels")] = 32,
) -> Repair:
    """Median of the good same-colour pixels in a square window that grows until it holds enough.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    min_good : int
        The window stops growing once it holds this many good pixels.
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
    return repair_by_neighbours(frame, defects, table, _walk, min_good)
