"""A window's levels out of a picture or a mosaic, in any view, and what is asked of a network there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.cluster_window import CORE, RIM, WINDOW, encode_level
from stages.learned.clusternet.network import INSETS

Floats = NDArray[np.float32]


@kernel()
def cut_photograph(
    picture: NDArray[np.uint16],
    top: int,
    left: int,
    symmetry: int,
    exchanged: bool,
    gain: NDArray[np.float64],
    pale: float,
    levels: Floats,
) -> None:
    """Cut a window of a mosaic out of a photograph.

    Parameters
    ----------
    picture : array of shape (H, W, 3)
        Linear light.
    top, left : int
        Where.
    symmetry : int
        0 to 7: bits for mirrored, upside down, transposed.
    exchanged : bool
        Whether red and blue change places.
    gain : float64 array of shape (3,)
        Of each colour.
    pale : float
        Share of grey that is mixed in.
    levels : float32 array of shape (WINDOW, WINDOW), written
    """
    for i in range(WINDOW):
        for j in range(WINDOW):
            y, x = _seen(i, j, symmetry)
            site = picture[top + y, left + x]
            colour = _colour(i, j, exchanged)
            level = float(site[colour])
            grey = 0.25 * site[0] + 0.5 * site[1] + 0.25 * site[2]
            levels[i, j] = (level + pale * (grey - level)) * gain[colour]


@kernel()
def cut_mosaic(
    mosaic: NDArray[Any],
    top: int,
    left: int,
    symmetry: int,
    exchanged: bool,
    gain: NDArray[np.float64],
    levels: Floats,
) -> None:
    """Cut a window out of a mosaic (H, W, 1) that starts at red, near a place that suits the view.

    The other parameters are those of `cut_photograph`.
    """
    height, width, _ = mosaic.shape
    top = _near_of_parity(top, height, (symmetry >> 1 & 1) ^ exchanged)
    left = _near_of_parity(left, width, (symmetry & 1) ^ exchanged)
    for i in range(WINDOW):
        for j in range(WINDOW):
            y, x = _seen(i, j, symmetry)
            colour = _colour(i, j, exchanged)
            levels[i, j] = float(mosaic[top + y, left + x, 0]) * gain[colour]


@kernel()
def _seen(i: int, j: int, symmetry: int) -> tuple[int, int]:
    """Where in the picture a pixel of the view lies."""
    y, x = (j, i) if symmetry & 4 else (i, j)
    return (
        WINDOW - 1 - y if symmetry & 2 else y,
        WINDOW - 1 - x if symmetry & 1 else x,
    )


@kernel()
def _colour(i: int, j: int, exchanged: bool) -> int:
    """Red, green or blue: the colour of a pixel of the view."""
    return 2 - (i & 1) - (j & 1) if exchanged else (i & 1) + (j & 1)


@kernel()
def _near_of_parity(place: int, length: int, odd: int) -> int:
    """An even or odd place for a window in a mosaic's row or column, near to a place."""
    if not odd:
        return place // 2 * 2
    after = place // 2 * 2 + 1
    return after if after <= length - WINDOW else after - 2


@kernel()
def inset_of(bad: NDArray[np.uint8]) -> int:
    """The largest of `INSETS` whose core holds all bad pixels of the whole core."""
    least = CORE
    for i in range(2 * RIM, WINDOW - 2 * RIM):
        for j in range(2 * RIM, WINDOW - 2 * RIM):
            if bad[i, j] != 0:
                y, x = (i >> 1) - RIM, (j >> 1) - RIM
                least = min(least, y, x, CORE - 1 - y, CORE - 1 - x)
    for inset in INSETS:
        if inset <= least:
            return inset
    return 0


@kernel()
def ask(
    levels: Floats,
    bad: NDArray[np.uint8],
    inset: int,
    features: Floats,
    statistics: Floats,
    target: Floats,
    weight: Floats,
) -> None:
    """Target and weight at the bad pixels of the core that is asked for; the rest stays as it is."""
    scale, mean, spread = statistics
    for i in range(inset, CORE - inset):
        for j in range(inset, CORE - inset):
            for plane in range(4):
                y, x = 2 * (i + RIM) + (plane >> 1), 2 * (j + RIM) + (plane & 1)
                if bad[y, x] != 0:
                    level = float(levels[y, x])
                    code = encode_level(level, scale)
                    filled = features[i + RIM, j + RIM, plane]
                    target[i, j, plane] = (code - mean) / spread - filled
                    weight[i, j, plane] = _srgb_slope(level) * 2.0 * code * scale * spread


@kernel()
def _srgb_slope(level: float) -> float:
    """Slope of the sRGB curve (IEC 61966-2-1) at a linear level; above white, that at white."""
    if level <= 0.0031308:
        return 12.92
    return float(1.055 / 2.4 * min(level, 1.0) ** (1.0 / 2.4 - 1.0))
