"""What the Bayer demosaicing kernels share: the phase of a pattern, the row that is written out.

A Bayer row holds green and one of red and blue, its *own chroma*; the other is its *missing
chroma*. The kernels work on whole rows in these terms and choose between the two kinds of column
with a select on the column's parity, which compiles to a blend of vectors: so one source serves all
four phases.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.cfa import Cfa, R
from isp.errors import StageError
from isp.jit import kernel


def red_phase(cfa: Cfa) -> tuple[int, int]:
    """Row and column parity of the red sites.

    Parameters
    ----------
    cfa : Cfa
        One of the four Bayer phases.

    Returns
    -------
    (int, int)
        Each 0 or 1.

    Raises
    ------
    StageError
        If the pattern is not Bayer.
    """
    if not cfa.is_bayer:
        raise StageError(f"This stage works on Bayer patterns only; the frame's CFA is {cfa.name}.")
    return next((row, col) for row in (0, 1) for col in (0, 1) if cfa.site(row, col) == R)


@kernel(inline="always")
def chroma_parity(row: int, red_row: int, red_col: int) -> int:
    """Column parity of the own chroma's sites in a frame row."""
    return (red_col + row + red_row) & 1


@kernel(inline="always")
def three_rows(width: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Three float32 row buffers, apart in memory.

    Rows of one array would do too, but would stop the loops that write them from being vectorised:
    LLVM cannot prove that parts of one allocation do not overlap.
    """
    return np.empty(width, float32), np.empty(width, float32), np.empty(width, float32)


@kernel()
def interleave_row(
    red: NDArray[Any],
    green: NDArray[Any],
    blue: NDArray[Any],
    scale: float32,
    offset: float32,
    out: NDArray[Any],
) -> None:
    """Write three colour rows as one row of pixels.

    Parameters
    ----------
    red, green, blue : float32 arrays of length W
        The colour rows.
    scale, offset : float32
        The line applied to all of them.
    out : float32 array of length 3·W
        Receives R, G, B of each pixel.
    """
    for j in range(green.size):
        out[3 * j] = red[j] * scale + offset
        out[3 * j + 1] = green[j] * scale + offset
        out[3 * j + 2] = blue[j] * scale + offset
