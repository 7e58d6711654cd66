"""Windows out of a frame and predictions back into it, under a symmetry of the square.

A view's pixel (i, j) is the frame's pixel at ``top``, ``left`` plus (i, j), transposed where bit 2 of the
symmetry is set, upside down for bit 1, mirrored for bit 0; its pixel (0, 0) is a red site.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.cluster_window import (
    CORE,
    PACKED,
    RIM,
    WINDOW,
    decode_level,
    encode_window,
)
from stages.kernels.sparse_spectrum import Work
from stages.learned.clusternet.network import SMALL_INSET

GOOD, BAD, FILLED = 0, 1, 2
LONGEST = WINDOW - 4 * RIM - 2
"""Longest side of a box that fits into the core of a view of any symmetry."""

NEAR = 2
"""Packed pixels round a cluster whose range bounds its repair: saturated surroundings stay saturated."""

_LEAST_CODE = 0.05
_COLOUR = np.array((0, 1, 1, 2))

Floats = NDArray[np.float32]


def view_origins(
    boxes: NDArray[np.int64], red: tuple[int, int], symmetry: int
) -> NDArray[np.int64]:
    """Top and left of the views that have the boxes in their cores, int64 (B, 2).

    Parameters
    ----------
    boxes : int64 array of shape (B, 4)
        Top, left, bottom, right (exclusive), no side longer than `LONGEST`.
    red : (int, int)
        Row and column of a red site.
    symmetry : int
        0 to 7, see the module.
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2 - WINDOW // 2
    flipped = np.array([symmetry >> 1 & 1, symmetry & 1])
    odd = (middle - np.asarray(red) - flipped) % 2
    return np.asarray(middle - odd)


def longest_side(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Longer side in pixels of each box of (B, 4); boxes of like length ask for like cores."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).max(1))


def view_insets(boxes: NDArray[np.int64], origins: NDArray[np.int64]) -> list[int]:
    """For each view of a box, `SMALL_INSET` where a small core holds the box, else 0.

    The same for all symmetries: a core lies in the middle of its window.
    """
    first = (boxes[:, :2] - origins).min(1) // 2 - RIM
    last = RIM + CORE - 1 - (boxes[:, 2:] - 1 - origins).max(1) // 2
    return [SMALL_INSET if one >= SMALL_INSET else 0 for one in np.minimum(first, last)]


@kernel()
def _place(symmetry: int, i: int, j: int) -> tuple[int, int]:
    """Place of a view's pixel in the frame, relative to the view's top and left."""
    y, x = (j, i) if symmetry & 4 else (i, j)
    y = WINDOW - 1 - y if symmetry & 2 else y
    x = WINDOW - 1 - x if symmetry & 1 else x
    return y, x


@kernel()
def _seen(symmetry: int, y: int, x: int) -> tuple[int, int]:
    """Where a view shows a pixel of the frame: the inverse of `_place`."""
    y = WINDOW - 1 - y if symmetry & 2 else y
    x = WINDOW - 1 - x if symmetry & 1 else x
    return (x, y) if symmetry & 4 else (y, x)


@kernel()
def look(
    mosaic: NDArray[Any],
    filled: Floats,
    status: NDArray[np.uint8],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    origins: NDArray[np.int64],
    symmetry: int,
    fill: int,
    features: Floats,
    statistics: Floats,
    known: NDArray[np.int64],
    work: Work,
) -> None:
    """Encode the views at the given origins.

    Parameters
    ----------
    mosaic : array of shape (H, W)
        DN.
    filled : float32 array of shape (H, W)
        White-balanced levels of `FILLED` pixels; (0, 0) where there are none.
    status : uint8 array of shape (H, W)
        `GOOD`, `BAD` or `FILLED`.
    black, scale : float64 arrays
        Black in DN and white-balance gain over (white − black), of the levels' period.
    origins : int64 array of shape (N, 2)
        See `view_origins`.
    symmetry : int
        0 to 7.
    fill : int
        Most Fourier functions in the first fill.
    features, statistics : float32 arrays of shape (N, PACKED, PACKED, 8) and (N, 3), written
        See `stages.kernels.cluster_window.encode_window`.
    known : int64 array of shape (N, 4), written
        Pixels that are not bad, per colour plane.
    work : Work
        Scratch.
    """
    height, width = mosaic.shape
    levels = np.empty((WINDOW, WINDOW), np.float32)
    bad = np.empty((WINDOW, WINDOW), np.uint8)
    for n in range(len(origins)):
        known[n] = 0
        for i in range(WINDOW):
            for j in range(WINDOW):
                y, x = _place(symmetry, i, j)
                r, c = origins[n, 0] + y, origins[n, 1] + x
                bad[i, j], levels[i, j] = 1, 0.0
                if 0 <= r < height and 0 <= c < width and status[r, c] != BAD:
                    bad[i, j] = 0
                    known[n, 2 * (i & 1) + (j & 1)] += 1
                    if status[r, c] == FILLED:
                        levels[i, j] = filled[r, c]
                    else:
                        a, b = r % black.shape[0], c % black.shape[1]
                        levels[i, j] = (mosaic[r, c] - black[a, b]) * scale[a, b]
        encode_window(levels, bad, fill, features[n], statistics[n], work)


@kernel()
def read_off(
    residual: Floats,
    log_spread: Floats,
    features: Floats,
    statistics: Floats,
    known: NDArray[np.int64],
    origins: NDArray[np.int64],
    symmetry: int,
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    share: float,
    levels: Floats,
    spreads: Floats,
    done: NDArray[np.bool_],
) -> None:
    """Add a view's share to the levels of its entries, within the range of the good pixels near.

    Parameters
    ----------
    residual, log_spread : float32 arrays of shape (N, CORE, CORE, 4)
        What the network says.
    features, statistics, known, origins, symmetry
        As `look` took and gave them.
    starts : int64 array of shape (N + 1,)
        First entry of each view; ``rows`` and ``cols`` of the entries are in frame coordinates.
    share : float
        1 / number of symmetries.
    levels, spreads : float32 arrays, added to
        White-balanced level of each entry and its expected standard deviation.
    done : bool array, written
        Whether the entry's colour has a pixel to go by in the window.
    """
    box, low, high = np.empty(4, np.int64), np.empty(3, np.float32), np.empty(3, np.float32)
    for n in range(len(origins)):
        scale, mean, spread = statistics[n]
        box[:2], box[2:] = PACKED, -1
        for entry in range(starts[n], starts[n + 1]):
            y, x = rows[entry] - origins[n, 0], cols[entry] - origins[n, 1]
            i, j = _seen(symmetry, y, x)
            box[0], box[1] = min(box[0], i >> 1), min(box[1], j >> 1)
            box[2], box[3] = max(box[2], i >> 1), max(box[3], j >> 1)
        _range_near(features[n], box, low, high)
        for entry in range(starts[n], starts[n + 1]):
            y, x = rows[entry] - origins[n, 0], cols[entry] - origins[n, 1]
            i, j = _seen(symmetry, y, x)
            plane = 2 * (i & 1) + (j & 1)
            p, q = (i >> 1) - RIM, (j >> 1) - RIM
            code = features[n, i >> 1, j >> 1, plane] + residual[n, p, q, plane]
            code = min(max(code, low[_COLOUR[plane]]), high[_COLOUR[plane]])
            code = code * spread + mean
            levels[entry] += share * decode_level(code, scale)
            # A Laplace law of mean absolute deviation b has the standard deviation √2·b.
            wide = math.sqrt(2.0) * math.exp(log_spread[n, p, q, plane]) * spread
            spreads[entry] += share * wide * 2.0 * max(code, _LEAST_CODE) * scale
            greens = known[n, 1] + known[n, 2]
            done[entry] = (greens if plane == 1 or plane == 2 else known[n, plane]) > 0


@kernel()
def _range_near(features: Floats, box: NDArray[np.int64], low: Floats, high: Floats) -> None:
    """Range of the codes of each colour that are known in a box and round it; any where none is."""
    low[:], high[:] = np.inf, -np.inf
    for i in range(max(box[0] - NEAR, 0), min(box[2] + NEAR + 1, PACKED)):
        for j in range(max(box[1] - NEAR, 0), min(box[3] + NEAR + 1, PACKED)):
            for plane in range(4):
                if features[i, j, 4 + plane] == 0.0:
                    colour = _COLOUR[plane]
                    low[colour] = min(low[colour], features[i, j, plane])
                    high[colour] = max(high[colour], features[i, j, plane])
    for colour in range(3):
        if low[colour] > high[colour]:
            low[colour], high[colour] = -np.inf, np.inf
