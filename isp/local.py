"""Local stages: strip operators that the engine pads, fuses and runs on all cores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.errors import StageError
from isp.frame import FrameMeta
from isp.rows import RowPlan

Border = Literal["plane", "mirror"]
Run = Callable[[NDArray[Any], NDArray[Any], int], None]


@dataclass(frozen=True)
class LocalOp:
    """One local stage, planned for one kind of frame.

    Output rows [a, b) come from input rows [a − above, b + below) and nothing else.

    Parameters
    ----------
    run : callable (src, dst, row) -> None
        ``src`` is (rows + above + below, W + 2·side[, 3]), padded; ``dst`` is (rows, W[, 3]), its rows
        contiguous. ``row`` is dst's first row in the raw frame, so that dst[i, j] has the colour of
        site (row + i, j). Must not hold the GIL for long and must not keep the arrays.
    out : FrameMeta
        Metadata of the result (shape unchanged).
    above, below, side : int
        Margins in pixels.
    border : str
        How the engine continues the frame: ``plane`` reflects inside each colour plane, so that no
        pixel becomes its own neighbour (defect tests); ``mirror`` reflects the mosaic at the edge
        pixel, which keeps a Bayer phase (demosaicing).
    rows : callable (RowFormat) -> RowOp or None, optional
        The operator's form for the row engine, see `isp.rows`; None where it has none for a format.
    """

    run: Run
    out: FrameMeta
    above: int = 0
    below: int = 0
    side: int = 0
    border: Border = "plane"
    rows: RowPlan | None = None

    def __post_init__(self) -> None:
        if min(self.above, self.below, self.side) < 0:
            raise StageError("A local stage's margins must not be negative.")


def border_indices(
    start: int, stop: int, length: int, border: Border, period: int
) -> NDArray[np.intp]:
    """Index inside a frame that stands for each index of [start, stop), which may lie outside.

    Parameters
    ----------
    start, stop : int
        Range of rows (or columns) asked for.
    length : int
        Number of rows (or columns) of the frame.
    border : str
        Rule, see `LocalOp`. Where the CFA's period is above 2 only ``plane`` keeps the colours, and
        it is used.
    period : int
        Period of the CFA along this axis.
    """
    index: NDArray[np.intp] = np.arange(start, stop, dtype=np.intp)
    if border == "mirror" and period <= 2:
        return _reflect(index, np.full_like(index, length))
    phase = index % period
    planes = np.maximum((length - phase + period - 1) // period, 1)
    inside = _reflect((index - phase) // period, planes) * period + phase
    return np.asarray(
        np.minimum(inside, length - 1)
    )  # a frame smaller than a period lacks that colour


def _reflect(index: NDArray[np.intp], length: NDArray[np.intp]) -> NDArray[np.intp]:
    """Reflect indices about the first and last sample: −1 → 1, length → length − 2."""
    cycle = np.maximum(2 * (length - 1), 1)
    folded = np.abs(index) % cycle
    return np.asarray(np.where(folded >= length, cycle - folded, folded), np.intp)
