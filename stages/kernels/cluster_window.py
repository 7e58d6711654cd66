"""What a cluster network sees of a window: a stabilised encoding with a first fill.

A window is `WINDOW` × `WINDOW` raw pixels that start at a red site. Its white-balanced linear levels are
divided by their mean over the good pixels, so that a change of exposure changes nothing; a square root
makes shot noise uniform (Anscombe, *The transformation of Poisson, binomial and negative-binomial data*,
Biometrika 35, 1948) and lies near the curve that pictures are judged in; mean and spread over the good
pixels are then taken out. The bad pixels start from a short sparse Fourier model of the mosaic
(Schöberl, Seiler, Bloss, Foessel, Kaup, ICASSP 2011, see `stages.kernels.sparse_spectrum`): one model
for the whole window, trusting good pixels by their distance from the hole.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.sparse_spectrum import Work, fit, work_for

WINDOW = 40
"""Side of a window in raw pixels."""

PACKED = WINDOW // 2
"""Side of a window in packed pixels; one holds a red, two green and a blue site."""

CHANNELS = 12
"""Planes of a window, see `normalise_window`."""

RIM = 5
"""Packed pixels on each side of a window that are context only."""

CORE = PACKED - 2 * RIM
"""Side in packed pixels of the part that is predicted."""

PEDESTAL = 0.02
"""Added to the relative level under the square root: bounds its slope at and below black."""

SPREAD_FLOOR = 0.04
"""Least spread that a window is divided by: the noise of a flat window is not blown up to texture."""

_MODEL = 32
_INSET = (WINDOW - _MODEL) // 2
# Many small steps share a window's energy out better than few large ones.
_STEPS, _STEP, _TOLERANCE = 400, float32(0.3), float32(1e-3)
_FALLOFF = (0.6 ** (np.arange(256) / 3.0)).astype(np.float32)
_FAR = 255
_MISFIT_GAIN, _MISFIT_LIMIT = 3.0, 3.0

Floats = NDArray[np.float32]


def window_work() -> Work:
    """Scratch for `fill_window`; one per thread."""
    return work_for(_MODEL)


@kernel()
def encode_level(level: float, scale: float) -> float:
    """Code of one white-balanced linear level, relative to the window's ``scale``."""
    return math.sqrt(max(level / scale + PEDESTAL, 0.0))


@kernel()
def decode_level(code: float, scale: float) -> float:
    """White-balanced linear level of a code: the inverse of `encode_level`."""
    positive = max(code, 0.0)
    return (positive * positive - PEDESTAL) * scale


@kernel()
def normalise_window(
    levels: Floats, bad: NDArray[np.uint8], features: Floats, statistics: Floats
) -> None:
    """Encode a window; its bad pixels are left for `fill_window`.

    Parameters
    ----------
    levels : float32 array of shape (WINDOW, WINDOW)
        White-balanced linear levels, black at 0. Bad pixels are not read.
    bad : uint8 array of shape (WINDOW, WINDOW)
        1 where the level is not known: defects, and places outside the frame.
    features : float32 array of shape (PACKED, PACKED, CHANNELS), written
        Four colour planes (R, G of the red rows, G of the blue rows, B) of normalised codes, of no
        meaning at the bad pixels; four planes that are 1 at bad pixels; four of the misfit, see
        `fill_window`.
    statistics : float32 array of shape (3,), written
        Scale of the levels, mean and spread of the codes.
    """
    total, good = 0.0, 0
    for i in range(WINDOW):
        for j in range(WINDOW):
            if bad[i, j] == 0:
                total += levels[i, j]
                good += 1
    scale = float(float32(max(total / max(good, 1), 1e-6)))
    mean, square = 0.0, 0.0
    for i in range(WINDOW):
        for j in range(WINDOW):
            plane = 2 * (i & 1) + (j & 1)
            code = 0.0
            if bad[i, j] == 0:
                code = encode_level(float(levels[i, j]), scale)
                mean += code
                square += code * code
            features[i >> 1, j >> 1, plane] = code
            features[i >> 1, j >> 1, 4 + plane] = bad[i, j]
    mean /= max(good, 1)
    variance = max(square / max(good, 1) - mean * mean, 0.0)
    spread = math.sqrt(variance + SPREAD_FLOOR * SPREAD_FLOOR)
    for i in range(PACKED):
        for j in range(PACKED):
            for plane in range(4):
                features[i, j, plane] = (features[i, j, plane] - mean) / spread
    statistics[0], statistics[1], statistics[2] = scale, mean, spread


@kernel()
def fill_window(features: Floats, work: Work) -> None:
    """Write a model's values to the bad pixels of an encoded window; outside it, their plane's mean.

    The planes of the misfit get what the good pixels are beyond the model, a multiple of it within
    limits: where it does not explain what is known, what it says of the rest is worth less.

    Parameters
    ----------
    features : float32 array of shape (PACKED, PACKED, CHANNELS), changed
        See `normalise_window`.
    work : Work
        See `window_work`.
    """
    bad = np.empty((WINDOW, WINDOW), np.uint8)
    for i in range(WINDOW):
        for j in range(WINDOW):
            bad[i, j] = features[i >> 1, j >> 1, 4 + 2 * (i & 1) + (j & 1)]
    distance = np.empty((WINDOW, WINDOW), np.int32)
    _distances(bad, distance)
    _fill(bad, distance, features, work)


@kernel()
def _distances(bad: NDArray[np.uint8], distance: NDArray[np.int32]) -> None:
    """Chamfer distance to the nearest bad pixel of the core, in thirds of a pixel (3-4 steps)."""
    low, high = 2 * RIM, WINDOW - 2 * RIM
    last = WINDOW - 1
    for i in range(WINDOW):
        for j in range(WINDOW):
            inside = low <= i < high and low <= j < high and bad[i, j] != 0
            best = 0 if inside else _FAR
            if i > 0:
                best = min(best, distance[i - 1, j] + 3)
                if j > 0:
                    best = min(best, distance[i - 1, j - 1] + 4)
                if j < last:
                    best = min(best, distance[i - 1, j + 1] + 4)
            if j > 0:
                best = min(best, distance[i, j - 1] + 3)
            distance[i, j] = best
    for i in range(last, -1, -1):
        for j in range(last, -1, -1):
            best = distance[i, j]
            if i < last:
                best = min(best, distance[i + 1, j] + 3)
                if j > 0:
                    best = min(best, distance[i + 1, j - 1] + 4)
                if j < last:
                    best = min(best, distance[i + 1, j + 1] + 4)
            if j < last:
                best = min(best, distance[i, j + 1] + 3)
            distance[i, j] = best


@kernel()
def _fill(
    bad: NDArray[np.uint8], distance: NDArray[np.int32], features: Floats, work: Work
) -> None:
    window = np.zeros((_MODEL, _MODEL), float32)
    weight = np.zeros((_MODEL, _MODEL), float32)
    mean, trust = np.zeros(4), np.zeros(4)
    for i in range(_MODEL):
        for j in range(_MODEL):
            y, x = i + _INSET, j + _INSET
            if bad[y, x] == 0:
                plane = 2 * (y & 1) + (x & 1)
                weight[i, j] = _FALLOFF[distance[y, x]]
                window[i, j] = features[y >> 1, x >> 1, plane]
                mean[plane] += weight[i, j] * window[i, j]
                trust[plane] += weight[i, j]
    for plane in range(4):
        if trust[plane] > 0.0:
            mean[plane] /= trust[plane]
    for i in range(_MODEL):
        for j in range(_MODEL):
            if weight[i, j] > 0.0:
                window[i, j] -= float32(mean[2 * (i & 1) + (j & 1)])
    if trust.max() > 0.0:
        fit(window, weight, work, _STEPS, _STEP, _TOLERANCE)
    for i in range(WINDOW):
        for j in range(WINDOW):
            plane, y, x = 2 * (i & 1) + (j & 1), i - _INSET, j - _INSET
            inside = 0 <= y < _MODEL and 0 <= x < _MODEL
            value = mean[plane] + (window[y, x] if inside else 0.0)
            misfit = 0.0
            if bad[i, j] != 0:
                features[i >> 1, j >> 1, plane] = value
            elif inside:
                misfit = _MISFIT_GAIN * (features[i >> 1, j >> 1, plane] - value)
                misfit = min(max(misfit, -_MISFIT_LIMIT), _MISFIT_LIMIT)
            features[i >> 1, j >> 1, 8 + plane] = misfit
