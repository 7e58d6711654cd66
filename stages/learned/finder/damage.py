"""Defects of training crops, drawn in kernels: shapes and what they do to a sensor's levels.

Levels are 1 at saturation. A crop has clusters of several sorts beside each other, as a worn sensor has.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.learned.training.draws import integer, uniform

Floats = NDArray[np.float32]
Window = NDArray[np.uint8]
State = NDArray[np.uint64]

HOT, DEAD, STUCK, NEAR, WARM, RESPONSE, RAILS, SIGMAS = range(8)
SORTS = (HOT, HOT, DEAD, DEAD, STUCK, NEAR, WARM, RESPONSE, RAILS, SIGMAS)
"""Drawn from evenly: what is most common comes twice."""


@kernel()
def damage(levels: Floats, shot: float, read: float, state: State) -> None:
    """Damage a crop in place: clusters, now and then scattered pixels or a line, or nothing.

    Parameters
    ----------
    levels : float32 array of shape (H, W)
        What the sensor would say, 0 (black) to 1 (saturation).
    shot, read : float
        Variance = shot · level + read.
    state : uint64 array of shape (1,)
        See `stages.learned.training.draws`.
    """
    where = np.zeros(levels.shape, np.uint8)
    chance = uniform(state)
    if chance < 0.15:
        return
    if chance < 0.25:
        density = 10.0 ** (-4.0 + 2.5 * uniform(state))
        for i in range(levels.shape[0]):
            for j in range(levels.shape[1]):
                if uniform(state) < density:
                    where[:] = 0
                    where[i, j] = 1
                    _change(levels, where, i, j, i + 1, j + 1, shot, read, state)
    for _ in range(integer(state, 2, 6)):
        where[:] = 0
        top, left, bottom, right = _shape(where, state)
        _change(levels, where, top, left, bottom, right, shot, read, state)


@kernel()
def _shape(where: Window, state: State) -> tuple[int, int, int, int]:
    """Mark one cluster; returns the box that holds it."""
    height, width = where.shape
    chance = uniform(state)
    row, col = integer(state, 0, height - 1), integer(state, 0, width - 1)
    tall, wide, density, round_ = 1, 1, 1.0, False
    if 0.22 <= chance < 0.28:  # a couplet of one colour
        step = integer(state, 0, 2)
        down, right = (2, 0, 2)[step], (0, 2, 2)[step]
        where[row, col] = 1
        if row + down < height and col + right < width:
            where[row + down, col + right] = 1
        return row, col, min(row + down + 1, height), min(col + right + 1, width)
    if 0.28 <= chance < 0.42:
        tall = wide = integer(state, 2, 3)
    elif 0.42 <= chance < 0.47:
        length = integer(state, 2, 12)
        tall, wide = (1, length) if uniform(state) < 0.5 else (length, 1)
    elif 0.47 <= chance < 0.65:
        tall = wide = integer(state, 4, 13)
    elif 0.65 <= chance < 0.9:
        tall = wide = integer(state, 3, 13)
        density = 0.5 if uniform(state) < 0.5 else 0.2 + 0.6 * uniform(state)
    elif 0.9 <= chance < 0.97:
        tall, wide, round_ = integer(state, 2, 13), integer(state, 2, 13), True
    elif chance >= 0.97:
        if uniform(state) < 0.5:
            row, tall = 0, height
        else:
            col, wide = 0, width
    bottom, right = min(row + tall, height), min(col + wide, width)
    for i in range(row, bottom):
        for j in range(col, right):
            y, x = (i + 0.5 - row) / tall - 0.5, (j + 0.5 - col) / wide - 0.5
            inside = not round_ or y * y + x * x <= 0.26
            if inside and (density >= 1.0 or uniform(state) < density):
                where[i, j] = 1
    return row, col, bottom, right


@kernel()
def _change(
    levels: Floats,
    where: Window,
    top: int,
    left: int,
    bottom: int,
    right: int,
    shot: float,
    read: float,
    state: State,
) -> None:
    """Give the marked pixels of a box wrong levels of one sort."""
    sort, scattered = SORTS[integer(state, 0, len(SORTS) - 1)], uniform(state) < 0.3
    up = 1.0 if uniform(state) < 0.6 else -1.0
    amount, phase = uniform(state), 6.3 * uniform(state)
    wave_y, wave_x = 1.2 * uniform(state) - 0.6, 1.2 * uniform(state) - 0.6
    swing = uniform(state) if uniform(state) < 0.6 else 0.0
    constant = uniform(state) * uniform(state)
    mean, count = 0.0, 0
    for i in range(top, bottom):
        for j in range(left, right):
            mean += levels[i, j]
            count += 1
    mean /= max(count, 1)
    for i in range(top, bottom):
        for j in range(left, right):
            if where[i, j] == 0:
                continue
            share = amount + swing * math.sin(phase + wave_y * i + wave_x * j)
            share = uniform(state) if scattered else min(max(share, 0.0), 1.0)
            level = float(levels[i, j])
            if sort == HOT:
                level = (1.0 - 0.25 * share) ** 2.2
            elif sort == DEAD:
                level = 0.05 * share * share
            elif sort == STUCK:
                level = constant
            elif sort == NEAR:
                level = mean * (1.0 + up * (0.08 + 0.5 * amount))
            elif sort == WARM:
                level += 0.01 + 0.25 * share * share
            elif sort == RESPONSE:
                level *= 0.75 * share if up < 0 else 1.25 + share
            elif sort == RAILS:
                level = (1.0 - 0.25 * share) ** 2.2 if uniform(state) < 0.5 else 0.05 * share
            else:
                sigma = math.sqrt(shot * max(level, 0.0) + read)
                level += up * (6.0 + 40.0 * share * share) * max(sigma, 4e-4)
            levels[i, j] = min(max(level, 0.0), 1.0)
