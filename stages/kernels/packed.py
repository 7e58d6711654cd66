"""A Bayer mosaic as four planes at half its size, encoded, and back: what networks on raw frames see.

Every 2×2 block that starts at a red site becomes one position of the planes R, G (red rows), G (blue
rows), B, whatever the frame's phase.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.encoding import CODES, decode, encode

PLANES: Final = 4
GOOD, BAD, FILLED = 0, 1, 2
"""What is known of a pixel: its value in the frame, nothing, a level found before."""

_SRGB = CODES["srgb"]


@kernel()
def pack(
    mosaic: NDArray[Any],
    status: NDArray[np.uint8],
    filled: NDArray[np.float32],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    planes: NDArray[np.float32],
) -> None:
    """Fill planes with levels: 0 black, 1 white, not clipped.

    Parameters
    ----------
    mosaic : array (H, W)
        DN.
    status : uint8 array (H, W)
        `GOOD`, `BAD` or `FILLED`; (0, 0) where all pixels are good.
    filled : float32 array (H, W)
        Levels of `FILLED` pixels; (0, 0) where there are none.
    black, scale : float64 arrays of the levels' period
        Level = (DN − black)·scale.
    rows, cols : int arrays (2h,), (2w,)
        The frame's row (column) that stands at each row (column) of the blocks.
    planes : float32 array (4, h, w)
        Written; NaN for bad pixels.
    """
    for plane in range(PLANES):
        for i in range(planes.shape[1]):
            r = rows[2 * i + plane // 2]
            for j in range(planes.shape[2]):
                c = cols[2 * j + plane % 2]
                state = status[r, c] if status.size else GOOD
                if state == BAD:
                    planes[plane, i, j] = np.nan
                elif state == FILLED:
                    planes[plane, i, j] = filled[r, c]
                else:
                    a, b = r % black.shape[0], c % black.shape[1]
                    planes[plane, i, j] = (mosaic[r, c] - black[a, b]) * scale[a, b]


@kernel()
def encode_planes(planes: NDArray[np.float32], headroom: float) -> None:
    """Turn levels into sRGB-encoded ones, ``headroom`` becoming 1, clipped to [0, 1]; NaN stays."""
    flat = planes.reshape(-1)
    for i in range(flat.size):
        if flat[i] == flat[i]:  # a NaN is not
            flat[i] = encode(min(max(flat[i] / headroom, 0.0), 1.0), _SRGB)


@kernel()
def unpack(
    planes: NDArray[np.float32],
    headroom: float,
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    first: tuple[int, int],
    within: tuple[int, int, int, int],
    out: NDArray[np.float32],
) -> None:
    """Write encoded planes into a part of a frame as DN; what lies beyond that part is left out.

    Parameters
    ----------
    planes : float32 array (4, h, w)
        sRGB-encoded levels.
    headroom : float
        The level of code 1.
    black, scale : float64 arrays
        See `pack`.
    first : (int, int)
        Row and column in the frame of the first block's red site.
    within : (int, int, int, int)
        Top, left, bottom and right (the last two exclusive) of the part.
    out : float32 array (H, W)
        DN.
    """
    top, left, bottom, right = within
    for plane in range(PLANES):
        for i in range(planes.shape[1]):
            r = first[0] + 2 * i + plane // 2
            if not top <= r < bottom:
                continue
            for j in range(planes.shape[2]):
                c = first[1] + 2 * j + plane % 2
                if left <= c < right:
                    a, b = r % black.shape[0], c % black.shape[1]
                    level = decode(planes[plane, i, j], _SRGB) * headroom
                    out[r, c] = level / scale[a, b] + black[a, b]


@kernel()
def differs(
    mosaic: NDArray[Any],
    other: NDArray[np.float32],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    threshold: float,
    out: NDArray[np.bool_],
) -> None:
    """Mark where two mosaics (DN) differ by more than a threshold in encoded levels.

    Both are clipped to [0, 1] first: what the network was not shown counts as no difference.
    """
    for r in range(mosaic.shape[0]):
        for c in range(mosaic.shape[1]):
            a, b = r % black.shape[0], c % black.shape[1]
            one = min(max((mosaic[r, c] - black[a, b]) * scale[a, b], 0.0), 1.0)
            two = min(max((other[r, c] - black[a, b]) * scale[a, b], 0.0), 1.0)
            out[r, c] = abs(encode(one, _SRGB) - encode(two, _SRGB)) > threshold
