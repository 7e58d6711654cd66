"""Windows out of a frame and predictions back into it; a window's first pixel is red or blue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.cluster_window import (
    CHANNELS,
    CORE,
    PACKED,
    RIM,
    WINDOW,
    decode_level,
    encode_level,
    fill_window,
    normalise_window,
    window_work,
)
from stages.kernels.sparse_spectrum import Work
from stages.learned.clusternet.network import INSETS

GOOD, BAD, FILLED = 0, 1, 2
LONGEST = WINDOW - 4 * RIM - 2
"""Longest side of a box that fits into the core of a window, which has to start at a certain site."""

GAP_PX = 2
"""Marked pixels at most this far apart are repaired together."""

NEAR = 2
"""Packed pixels round a cluster whose range bounds its repair: saturated surroundings stay saturated."""

_LEAST_CODE = 0.05
_COLOUR = np.array((0, 1, 1, 2))

Floats = NDArray[np.float32]


def window_origins(boxes: NDArray[np.int64], site: tuple[int, int]) -> NDArray[np.int64]:
    """Top and left of the windows that have the boxes in their cores, int64 (B, 2).

    Parameters
    ----------
    boxes : int64 array of shape (B, 4)
        Top, left, bottom, right (exclusive), no side longer than `LONGEST`.
    site : (int, int)
        Row and column of a red or a blue site: windows start at one of its colour.
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2 - WINDOW // 2
    return np.asarray(middle - (middle - np.asarray(site)) % 2)


def window_insets(boxes: NDArray[np.int64], origins: NDArray[np.int64]) -> list[int]:
    """For each box's window, the largest of `INSETS` whose core holds the box."""
    first = (boxes[:, :2] - origins).min(1) // 2 - RIM
    last = RIM + CORE - 1 - (boxes[:, 2:] - 1 - origins).max(1) // 2
    return [next(i for i in INSETS if i <= one) for one in np.minimum(first, last)]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows as networks see them.

    Parameters
    ----------
    origins : int64 array of shape (N, 2)
        See `window_origins`.
    features, statistics : float32 arrays of shape (N, PACKED, PACKED, CHANNELS) and (N, 3)
        See `stages.kernels.cluster_window.normalise_window`; bad pixels are filled.
    known : int64 array of shape (N, 4)
        Pixels that are not bad, per colour plane.
    """

    origins: NDArray[np.int64]
    features: Floats
    statistics: Floats
    known: NDArray[np.int64]

    @staticmethod
    def of(
        mosaic: NDArray[Any],
        filled: Floats,
        status: NDArray[np.uint8],
        black: NDArray[np.float64],
        scale: NDArray[np.float64],
        origins: NDArray[np.int64],
        before: Windows | None = None,
    ) -> Windows:
        """Encode the windows at the given origins and fill their bad pixels.

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
            See `window_origins`.
        before : Windows, optional
            Windows of the same clusters whose fill is taken over: a fit costs as much as a small network.
        """
        count = len(origins)
        windows = Windows(
            origins,
            np.empty((count, PACKED, PACKED, CHANNELS), np.float32),
            np.empty((count, 3), np.float32),
            np.empty((count, 4), np.int64),
        )
        features, statistics, known = windows.features, windows.statistics, windows.known
        _encode(mosaic, filled, status, black, scale, origins, features, statistics, known)
        if before is None:
            _fill(features, window_work())
        else:
            moves = origins - before.origins
            _take_over(before.features, before.statistics, moves, features, statistics)
        return windows


@kernel()
def _encode(
    mosaic: NDArray[Any],
    filled: Floats,
    status: NDArray[np.uint8],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    origins: NDArray[np.int64],
    features: Floats,
    statistics: Floats,
    known: NDArray[np.int64],
) -> None:
    """Read and normalise windows; see `Windows.of`."""
    height, width = mosaic.shape
    levels = np.empty((WINDOW, WINDOW), np.float32)
    bad = np.empty((WINDOW, WINDOW), np.uint8)
    period = np.empty(WINDOW, np.int64)
    for n in range(len(origins)):
        top, left = origins[n]
        known[n] = 0
        for j in range(WINDOW):
            period[j] = (left + j) % black.shape[1]
        for i in range(WINDOW):
            r, a = top + i, (top + i) % black.shape[0]
            for j in range(WINDOW):
                c, b = left + j, period[j]
                bad[i, j], levels[i, j] = 1, 0.0
                if 0 <= r < height and 0 <= c < width and status[r, c] != BAD:
                    bad[i, j] = 0
                    known[n, 2 * (i & 1) + (j & 1)] += 1
                    if status[r, c] == FILLED:
                        levels[i, j] = filled[r, c]
                    else:
                        levels[i, j] = (mosaic[r, c] - black[a, b]) * scale[a, b]
        normalise_window(levels, bad, features[n], statistics[n])


@kernel()
def _fill(features: Floats, work: Work) -> None:
    for n in range(len(features)):
        fill_window(features[n], work)


@kernel()
def _take_over(
    filled: Floats,
    before: Floats,
    moves: NDArray[np.int64],
    features: Floats,
    statistics: Floats,
) -> None:
    """Give windows the fill and the misfit of others that lie some pixels off; 0 outside those.

    Parameters
    ----------
    filled, before : float32 arrays
        Features and statistics of the windows that have a fill.
    moves : int64 array of shape (N, 2)
        Rows and columns from there to the windows that have none.
    features, statistics : float32 arrays, features changed
        Of the windows that have none.
    """
    for n in range(len(features)):
        scale, mean, spread = before[n]
        own_scale, own_mean, own_spread = statistics[n]
        for i in range(WINDOW):
            for j in range(WINDOW):
                own = features[n, i >> 1, j >> 1]
                plane = 2 * (i & 1) + (j & 1)
                code, misfit = 0.0, 0.0
                y, x = i + moves[n, 0], j + moves[n, 1]
                if 0 <= y < WINDOW and 0 <= x < WINDOW:
                    other, there = filled[n, y >> 1, x >> 1], 2 * (y & 1) + (x & 1)
                    level = decode_level(other[there] * spread + mean, scale)
                    code = (encode_level(level, own_scale) - own_mean) / own_spread
                    misfit = other[8 + there]  # windows that overlap so far have nearly one spread
                if own[4 + plane] != 0.0:
                    own[plane] = code
                own[8 + plane] = misfit


@kernel()
def read_off(
    residual: Floats,
    log_spread: Floats,
    features: Floats,
    statistics: Floats,
    known: NDArray[np.int64],
    origins: NDArray[np.int64],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    levels: Floats,
    spreads: Floats,
    done: NDArray[np.bool_],
) -> None:
    """Write the levels of each window's entries, within the range of the good pixels near.

    Parameters
    ----------
    residual, log_spread : float32 arrays of shape (N, CORE, CORE, 4)
        What the network says.
    features, statistics, known, origins
        Of `Windows`.
    starts : int64 array of shape (N + 1,)
        First entry of each window; ``rows`` and ``cols`` of the entries are in frame coordinates.
    levels, spreads : float32 arrays, written
        White-balanced level of each entry and its expected standard deviation.
    done : bool array, written
        Whether the entry's colour has a pixel to go by in the window.
    """
    box, low, high = np.empty(4, np.int64), np.empty(3, np.float32), np.empty(3, np.float32)
    for n in range(len(origins)):
        scale, mean, spread = statistics[n]
        box[:2], box[2:] = PACKED, -1
        for entry in range(starts[n], starts[n + 1]):
            i, j = rows[entry] - origins[n, 0], cols[entry] - origins[n, 1]
            box[0], box[1] = min(box[0], i >> 1), min(box[1], j >> 1)
            box[2], box[3] = max(box[2], i >> 1), max(box[3], j >> 1)
        _range_near(features[n], box, low, high)
        for entry in range(starts[n], starts[n + 1]):
            i, j = rows[entry] - origins[n, 0], cols[entry] - origins[n, 1]
            plane = 2 * (i & 1) + (j & 1)
            p, q = (i >> 1) - RIM, (j >> 1) - RIM
            code = features[n, i >> 1, j >> 1, plane] + residual[n, p, q, plane]
            code = min(max(code, low[_COLOUR[plane]]), high[_COLOUR[plane]])
            code = code * spread + mean
            levels[entry] = decode_level(code, scale)
            # A Laplace law of mean absolute deviation b has the standard deviation √2·b.
            wide = math.sqrt(2.0) * math.exp(log_spread[n, p, q, plane]) * spread
            spreads[entry] = wide * 2.0 * max(code, _LEAST_CODE) * scale
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
