"""A Bayer mosaic as four planes at half its size, encoded, and back: what networks on raw frames see.

Every 2×2 block that starts at a red site becomes one position of the planes R, G (red rows), G (blue
rows), B, whatever the frame's phase.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.encoding import CODES, decode, encode

PLANES = 4
_SRGB = CODES["srgb"]


@kernel()
def pack(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    planes: NDArray[np.float32],
) -> None:
    """Fill planes with sRGB-encoded levels, 0 to 1 (clipped).

    Parameters
    ----------
    mosaic : array (H, W)
        DN.
    black, scale : float64 arrays of the levels' period
        Level = (DN − black)·scale.
    rows, cols : int arrays (2h,), (2w,)
        The frame's row (column) that stands at each row (column) of the blocks.
    planes : float32 array (4, h, w)
        Written.
    """
    for plane in range(PLANES):
        for i in range(planes.shape[1]):
            r = rows[2 * i + plane // 2]
            for j in range(planes.shape[2]):
                c = cols[2 * j + plane % 2]
                a, b = r % black.shape[0], c % black.shape[1]
                level = (mosaic[r, c] - black[a, b]) * scale[a, b]
                planes[plane, i, j] = encode(min(max(level, 0.0), 1.0), _SRGB)


@kernel()
def unpack(
    planes: NDArray[np.float32],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    top: int,
    left: int,
    out: NDArray[np.float32],
) -> None:
    """Write planes into a frame as DN; what lies beyond the frame is left out.

    Parameters
    ----------
    planes : float32 array (4, h, w)
        Encoded levels.
    black, scale : float64 arrays
        See `pack`.
    top, left : int
        Row and column in the frame of the first block's red site; may be −1.
    out : float32 array (H, W)
        DN.
    """
    height, width = out.shape
    for plane in range(PLANES):
        for i in range(planes.shape[1]):
            r = top + 2 * i + plane // 2
            if not 0 <= r < height:
                continue
            for j in range(planes.shape[2]):
                c = left + 2 * j + plane % 2
                if 0 <= c < width:
                    a, b = r % black.shape[0], c % black.shape[1]
                    out[r, c] = decode(planes[plane, i, j], _SRGB) / scale[a, b] + black[a, b]
