"""What a corrector returns, and the one place that writes it into a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.errors import StageError
from isp.frame import RawFrame


@dataclass(frozen=True, eq=False)
class Repair:
    """Values for the marked pixels, in the order of the map.

    Parameters
    ----------
    values : float32 array of shape (N,)
        DN in the frame's own domain (with black where the frame has it).
    repaired : bool array of shape (N,)
        False where the method had nothing to go by; such pixels keep their value.
    spread : float32 array of shape (N,), optional
        Predicted standard deviation of a value in DN, where the method has one.
    notes : tuple of str
        What the reader of a report should know: rules used, tiles, fall-backs.
    """

    values: NDArray[np.float32]
    repaired: NDArray[np.bool_]
    spread: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()


def apply_repair(frame: RawFrame, defects: DefectMap, repair: Repair, step: str) -> RawFrame:
    """Write a repair into a frame: only marked pixels change, on the file's code grid.

    Raises
    ------
    StageError
        If the repair does not have one finite value for each pixel that it says is repaired.
    """
    count = len(defects)
    if repair.values.shape != (count,) or repair.repaired.shape != (count,):
        raise StageError(
            f"Stage '{step}' returned {repair.values.shape} values for a map of {count} pixels."
        )
    done = repair.repaired
    rows, cols = defects.rows[done], defects.cols[done]
    values = repair.values[done]
    if not np.isfinite(values).all():
        raise StageError(f"Stage '{step}' returned values that are not finite.")
    mosaic = frame.mosaic.copy()
    mosaic[rows, cols] = frame.levels.to_grid(values, rows, cols).astype(mosaic.dtype)
    return frame.with_mosaic(mosaic, step)
