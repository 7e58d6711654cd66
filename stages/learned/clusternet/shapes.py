"""Defect shapes of training windows, drawn in kernels: the protocols' clusters, and any others.

Shapes of the `shape` stages are drawn once a frame and may be slow; these are drawn thousands of times
a second, into a uint8 window in which 1 is bad.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.cluster_window import RIM, WINDOW
from stages.learned.training.draws import integer, uniform

FAMILIES = ("dense", "half", "small", "mixed")
"""Full squares of 7 to 12 pixels; half of such; up to 3×3, couplets and rows; anything else."""

DENSE, HALF, SMALL, MIXED = range(4)
_LOW, _HIGH = 2 * RIM, WINDOW - 2 * RIM
_MIDDLE = WINDOW // 2

Window = NDArray[np.uint8]
State = NDArray[np.uint64]


@kernel()
def draw_defects(bad: Window, family: int, state: State) -> None:
    """Draw a window's defects, all that are judged inside the core; at least one pixel is bad."""
    bad[:] = 0
    if family <= HALF:
        side = integer(state, 7, 12)
        i = _MIDDLE - side // 2 + integer(state, -1, 1)
        j = _MIDDLE - side // 2 + integer(state, -1, 1)
        _block(bad, i, j, side, side, 1.0 if family == DENSE else 0.5, state)
    elif family == SMALL:
        if uniform(state) < 0.4:  # alone in the middle, as it comes in use
            _small(bad, integer(state, 16, 20), integer(state, 16, 20), state)
        else:
            for _ in range(integer(state, 3, 8)):
                _small(bad, integer(state, _LOW, _HIGH - 3), integer(state, _LOW, _HIGH - 3), state)
    else:
        _mixed(bad, state)
    bad[integer(state, 16, 23), integer(state, 16, 23)] = 1


@kernel()
def draw_surroundings(bad: Window, state: State) -> None:
    """Now and then, another cluster in the context, or frame borders that cut the window."""
    chance = uniform(state)
    if chance < 0.12:
        side = integer(state, 2, 10)
        across = integer(state, 1 - side, _LOW - side)
        if uniform(state) < 0.5:
            across = WINDOW - side - across
        along = integer(state, -4, WINDOW - 4)
        if uniform(state) < 0.5:
            _block(bad, across, along, side, side, 1.0, state)
        else:
            _block(bad, along, across, side, side, 1.0, state)
    elif chance < 0.18:
        edge = integer(state, 0, 5)  # four edges, two of the corners
        if edge <= 1 or edge == 4:
            depth = integer(state, 1, _MIDDLE)
            _block(bad, WINDOW - depth if edge == 1 else 0, 0, depth, WINDOW, 1.0, state)
        if edge >= 2:
            depth = integer(state, 1, _MIDDLE)
            _block(bad, 0, WINDOW - depth if edge >= 3 else 0, WINDOW, depth, 1.0, state)


@kernel()
def _block(
    bad: Window, row: int, col: int, height: int, width: int, density: float, state: State
) -> None:
    """A rectangle, of which each pixel is bad with the chance ``density``."""
    for i in range(max(row, 0), min(row + height, WINDOW)):
        for j in range(max(col, 0), min(col + width, WINDOW)):
            if density >= 1.0 or uniform(state) < density:
                bad[i, j] = 1


@kernel()
def _small(bad: Window, i: int, j: int, state: State) -> None:
    """A single, a couplet, a square of 2 or 3, or a row of 8."""
    kind = integer(state, 0, 7)
    if kind <= 2:
        _block(bad, i, j, kind + 1, kind + 1, 1.0, state)
    elif kind == 3:
        bad[i, j] = 1
    elif kind == 4:
        bad[i, j] = 1
        step = integer(state, 0, 3)
        down = (0, 2, 1, 2)[step]
        right = (2, 0, 1, 2)[step]
        bad[i + down, j + right] = 1
    elif kind == 5:
        _block(bad, i, min(j, _HIGH - 8), 1, 8, 1.0, state)
    else:
        side = 2 + (kind == 7)
        _block(bad, i, j, side, side, 1.0, state)


@kernel()
def _mixed(bad: Window, state: State) -> None:
    """Rectangles, blobs, scattered pixels, whole lines, scratches; full or thinned."""
    kind = integer(state, 0, 5)
    density = 1.0 if uniform(state) < 0.6 else 0.2 + 0.7 * uniform(state)
    if kind == 0:
        height, width = integer(state, 2, 18), integer(state, 2, 18)
        row, col = _MIDDLE - height // 2, _MIDDLE - width // 2
        _block(bad, row, col, height, width, density, state)
    elif kind == 1:
        _ellipse(bad, 1.0 + 7.0 * uniform(state), 1.0, density, state)
    elif kind == 2:
        for _ in range(4):
            _ellipse(bad, 1.0 + 4.0 * uniform(state), 4.0, density, state)
    elif kind == 3:
        _block(bad, _LOW, _LOW, _HIGH - _LOW, _HIGH - _LOW, 0.02 + 0.4 * uniform(state), state)
    elif kind == 4:
        width, start = integer(state, 1, 3), integer(state, 14, 24)
        if uniform(state) < 0.5:
            _block(bad, 0, start, WINDOW, width, 1.0, state)
        else:
            _block(bad, start, 0, width, WINDOW, 1.0, state)
    else:
        _scratch(bad, state)


@kernel()
def _ellipse(bad: Window, radius: float, wander: float, density: float, state: State) -> None:
    stretch = 0.6 + 0.8 * uniform(state)
    y = _MIDDLE + wander * (2.0 * uniform(state) - 1.0)
    x = _MIDDLE + wander * (2.0 * uniform(state) - 1.0)
    for i in range(_LOW, _HIGH):
        for j in range(_LOW, _HIGH):
            inside = ((i - y) * stretch) ** 2 + ((j - x) / stretch) ** 2 <= radius * radius
            if inside and (density >= 1.0 or uniform(state) < density):
                bad[i, j] = 1


@kernel()
def _scratch(bad: Window, state: State) -> None:
    slope = 2.0 * uniform(state) - 1.0
    thick = 0.5 + 1.5 * uniform(state)
    reach = integer(state, 4, 11)
    for i in range(_MIDDLE - reach, _MIDDLE + reach):
        for j in range(_LOW, _HIGH):
            if abs(j - _MIDDLE - slope * (i - _MIDDLE)) <= thick:
                bad[i, j] = 1
