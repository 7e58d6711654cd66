"""Demosaicing of Bayer rows with the gradient-corrected 5×5 filters of Malvar, He and Cutler.

Reference: H. S. Malvar, L.-W. He, R. Cutler, *High-quality linear interpolation for demosaicing of
Bayer-patterned color images*, ICASSP 2004. All weights are sixteenths, so sums of 16-bit codes are
exact in float32.
"""

from __future__ import annotations

from typing import Any

from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.bayer import chroma_parity, interleave_row, three_rows

MARGIN = 2


@kernel()
def malvar_row(
    up2: NDArray[Any],
    up1: NDArray[Any],
    centre: NDArray[Any],
    down1: NDArray[Any],
    down2: NDArray[Any],
    parity: int,
    own: NDArray[Any],
    green: NDArray[Any],
    missing: NDArray[Any],
) -> None:
    """Interpolate one mosaic row into its three colour rows.

    Parameters
    ----------
    up2, up1, centre, down1, down2 : arrays of length W + 4
        Five mosaic rows with two columns of margin at both sides; any real dtype.
    parity : int
        Parity of the (unpadded) columns that hold the row's own chroma.
    own, green, missing : float32 arrays of length W
        Receive the row's own chroma, green, and the missing chroma.
    """
    n = own.size
    left2, left1, mid = centre[0:n], centre[1 : n + 1], centre[2 : n + 2]
    right1, right2 = centre[3 : n + 3], centre[4 : n + 4]
    top2, bottom2 = up2[2 : n + 2], down2[2 : n + 2]
    top_left, top, top_right = up1[1 : n + 1], up1[2 : n + 2], up1[3 : n + 3]
    bottom_left, bottom, bottom_right = down1[1 : n + 1], down1[2 : n + 2], down1[3 : n + 3]
    for j in range(n):
        value = float32(mid[j])
        across1 = float32(left1[j]) + float32(right1[j])
        across2 = float32(left2[j]) + float32(right2[j])
        along1 = float32(top[j]) + float32(bottom[j])
        along2 = float32(top2[j]) + float32(bottom2[j])
        corners = (float32(top_left[j]) + float32(top_right[j])) + (
            float32(bottom_left[j]) + float32(bottom_right[j])
        )
        same = across2 + along2
        at_green = float32(0.625) * value - float32(0.125) * corners
        across = at_green + float32(0.5) * across1 - float32(0.125) * across2
        along = at_green + float32(0.5) * along1 - float32(0.125) * along2
        cross = float32(0.5) * value + float32(0.25) * (across1 + along1) - float32(0.125) * same
        corner = float32(0.75) * value + float32(0.25) * corners - float32(0.1875) * same
        at_chroma = (j & 1) == parity
        own[j] = value if at_chroma else across + float32(0.0625) * along2
        green[j] = cross if at_chroma else value
        missing[j] = corner if at_chroma else along + float32(0.0625) * across2


@kernel()
def malvar_strip(
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
    src : array of shape (rows + 4, W + 4)
        Mosaic rows with a margin of two pixels.
    dst : float32 array of shape (rows, W, 3)
        Receives R, G, B; not clipped, so it may overshoot.
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
        malvar_row(
            src[i], src[i + 1], src[i + 2], src[i + 3], src[i + 4], parity, own, green, missing
        )
        if (row + i + red_row) & 1:
            interleave_row(missing, green, own, scale, offset, flat[i])
        else:
            interleave_row(own, green, missing, scale, offset, flat[i])
