"""Bilinear demosaicing of Bayer rows."""

from __future__ import annotations

from typing import Any

from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.bayer import chroma_parity, interleave_row, three_rows

MARGIN = 1


@kernel()
def bilinear_row(
    above: NDArray[Any],
    centre: NDArray[Any],
    below: NDArray[Any],
    parity: int,
    own: NDArray[Any],
    green: NDArray[Any],
    missing: NDArray[Any],
) -> None:
    """Interpolate one mosaic row into its three colour rows.

    Parameters
    ----------
    above, centre, below : arrays of length W + 2
        Three mosaic rows with one column of margin at both sides; any real dtype.
    parity : int
        Parity of the (unpadded) columns that hold the row's own chroma.
    own, green, missing : float32 arrays of length W
        Receive the row's own chroma, green, and the missing chroma.
    """
    n = own.size
    up_left, up, up_right = above[0:n], above[1 : n + 1], above[2 : n + 2]
    left, mid, right = centre[0:n], centre[1 : n + 1], centre[2 : n + 2]
    down_left, down, down_right = below[0:n], below[1 : n + 1], below[2 : n + 2]
    half, quarter = float32(0.5), float32(0.25)
    for j in range(n):
        value = float32(mid[j])
        across = float32(left[j]) + float32(right[j])
        along = float32(up[j]) + float32(down[j])
        corners = (float32(up_left[j]) + float32(up_right[j])) + (
            float32(down_left[j]) + float32(down_right[j])
        )
        at_chroma = (j & 1) == parity
        own[j] = value if at_chroma else half * across
        green[j] = quarter * (across + along) if at_chroma else value
        missing[j] = quarter * corners if at_chroma else half * along


@kernel()
def bilinear_strip(
    src: NDArray[Any],
    dst: NDArray[Any],
    row: int,
    red_row: int,
    red_col: int,
    scale: float32,
    offset: float32,
) -> None:
    """Demosaic a strip.

    Parameters
    ----------
    src : array of shape (rows + 2, W + 2)
        Mosaic rows with a margin of one pixel.
    dst : float32 array of shape (rows, W, 3)
        Receives R, G, B.
    row : int
        Frame row of the strip's first output row.
    red_row, red_col : int
        Parities of the red sites.
    scale, offset : float32
        The line applied to the output.
    """
    rows, width = dst.shape[0], dst.shape[1]
    flat = dst.reshape(rows, 3 * width)
    own, green, missing = three_rows(width)
    for i in range(rows):
        parity = chroma_parity(row + i, red_row, red_col)
        bilinear_row(src[i], src[i + 1], src[i + 2], parity, own, green, missing)
        if (row + i + red_row) & 1:
            interleave_row(missing, green, own, scale, offset, flat[i])
        else:
            interleave_row(own, green, missing, scale, offset, flat[i])
