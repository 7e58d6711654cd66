"""A straight line per CFA site: what black level and white balance are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel


def over_row(table: NDArray[np.float64], width: int) -> NDArray[np.float32]:
    """A table of the CFA's period repeated along the columns, float32 (period rows, width)."""
    repeats = -(-width // table.shape[1])
    return np.ascontiguousarray(np.tile(table, (1, repeats))[:, :width], np.float32)


@kernel()
def site_line_strip(
    src: NDArray[Any], dst: NDArray[Any], row: int, minus: NDArray[Any], times: NDArray[Any]
) -> None:
    """Compute ``(src − minus) · times`` for a strip.

    Parameters
    ----------
    src : array of shape (rows, W)
        Mosaic rows; any real dtype.
    dst : float32 array of shape (rows, W)
        Receives the result; exact for codes and levels that are whole numbers and gains of 1.
    row : int
        Frame row of the strip's first row.
    minus, times : float32 arrays of shape (period rows, W)
        See `over_row`.
    """
    period = minus.shape[0]
    for i in range(dst.shape[0]):
        phase = (row + i) % period
        source, result, offset, gain = src[i], dst[i], minus[phase], times[phase]
        for j in range(result.size):
            result[j] = (float32(source[j]) - offset[j]) * gain[j]
