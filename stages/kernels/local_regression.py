"""Is a pixel explained by its surroundings? Second opinion: the best local fit.

A pixel is predicted from the means of opposite neighbours (all colours, up to three pixels away); the
weights are fitted by least squares to the pixels of the same colour around, so they take up any edge
direction and the way the colours go together there. The fit's own error says how far to trust it.

Reference: X. Li, M. T. Orchard, *Edge-directed prediction for lossless compression of natural images*,
IEEE TIP 10 (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel

RADIUS = 11  # of the window: training pixels up to 8 away, their neighbours 3 farther
SIDE = 2 * RADIUS + 1
PAIRS = 10
DOWN = (0, 1, 1, 1, 0, 2, 2, 2, 0, 3)
RIGHT = (1, 0, 1, -1, 2, 0, 2, -2, 3, 0)
# Where the surroundings say nothing (flat): Bayer, the directional predictors' mean; mono, the nearest.
PRIOR_BAYER = (0.25, 0.25, 0.0, 0.0, 0.25, 0.25, 0.0, 0.0, -0.25, -0.25)
PRIOR_MONO = (0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
PRIOR_WEIGHT = 10.0  # in squared sigma of the noise
REACH = 4  # training pixels on each side, in steps
FADE = 6.25  # squared distance, in steps, at which a training pixel has half its weight
LEAST_SAMPLES = 16


@kernel()
def _samples(
    window: NDArray[Any],
    step: int,
    gain: float,
    read: float,
    centre: NDArray[Any],
    inputs: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any],
) -> int:
    """Fill in the training pixels and the input of the pixel itself; returns their number.

    Pairs that the pixel itself lacks (a neighbour is excluded) are zero in all inputs: left out.
    """
    for k in range(PAIRS):
        centre[k] = 0.5 * (
            window[RADIUS + DOWN[k], RADIUS + RIGHT[k]]
            + window[RADIUS - DOWN[k], RADIUS - RIGHT[k]]
        )
    count = 0
    for i in range(-REACH * step, REACH * step + 1, step):
        for j in range(-REACH * step, REACH * step + 1, step):
            r, c = RADIUS + i, RADIUS + j
            target = window[r, c]
            whole = target == target
            for k in range(PAIRS):
                if centre[k] == centre[k]:
                    mean = 0.5 * (
                        window[r + DOWN[k], c + RIGHT[k]] + window[r - DOWN[k], c - RIGHT[k]]
                    )
                    whole = whole and mean == mean
                    inputs[count, k] = mean
                else:
                    inputs[count, k] = 0.0
            if whole:
                targets[count] = target
                away = (i * i + j * j) / (step * step)
                weights[count] = 1.0 / ((1.0 + away / FADE) * (gain * max(target, 0.0) + read))
                count += 1
    for k in range(PAIRS):
        if centre[k] != centre[k]:
            centre[k] = 0.0
    return count


@kernel()
def _centre(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any],
    centre: NDArray[Any],
    count: int,
) -> float:
    """Take the weighted means off inputs, targets and the pixel's own input; returns the targets'."""
    total, level = 0.0, 0.0
    for n in range(count):
        total += weights[n]
        level += weights[n] * targets[n]
    level /= total
    for n in range(count):
        targets[n] -= level
    for k in range(PAIRS):
        mean = 0.0
        for n in range(count):
            mean += weights[n] * inputs[n, k]
        mean /= total
        for n in range(count):
            inputs[n, k] -= mean
        centre[k] -= mean
    return level


@kernel()
def _normal_equations(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any],
    count: int,
    normal: NDArray[Any],
    right: NDArray[Any],
) -> None:
    """Sums of squares of the inputs (lower triangle), and with what is left to explain."""
    normal[:] = 0.0
    right[:] = 0.0
    for k in range(PAIRS):
        normal[k, k] = PRIOR_WEIGHT
    for n in range(count):
        for k in range(PAIRS):
            scaled = weights[n] * inputs[n, k]
            right[k] += scaled * targets[n]
            for m in range(k + 1):
                normal[k, m] += scaled * inputs[n, m]


@kernel()
def _solve(normal: NDArray[Any], right: NDArray[Any]) -> None:
    """Solve in place by Cholesky's factors; of the matrix the lower triangle counts."""
    for k in range(PAIRS):
        for m in range(k + 1):
            value = normal[k, m]
            for n in range(m):
                value -= normal[k, n] * normal[m, n]
            normal[k, m] = np.sqrt(value) if m == k else value / normal[m, m]
    for k in range(PAIRS):
        for n in range(k):
            right[k] -= normal[k, n] * right[n]
        right[k] /= normal[k, k]
    for k in range(PAIRS - 1, -1, -1):
        for n in range(k + 1, PAIRS):
            right[k] -= normal[n, k] * right[n]
        right[k] /= normal[k, k]


@kernel()
def _explain(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    count: int,
    fitted: NDArray[Any] | tuple[float, ...],
) -> None:
    """Take the fitted part off the targets."""
    for n in range(count):
        for k in range(PAIRS):
            targets[n] -= fitted[k] * inputs[n, k]


@kernel()
def regression_score(
    window: NDArray[Any], value: float, step: int, gain: float, read: float
) -> float:
    """How far a pixel is beyond what the best local prediction and its error explain.

    Parameters
    ----------
    window : float32 array of shape (23, 23)
        Signal in DN round the pixel; NaN at the pixel itself and wherever a pixel must not be used.
    value : float
        The pixel's signal in DN.
    step : int
        Distance of same-colour neighbours.
    gain, read : float
        The noise model.

    Returns
    -------
    float
        Signed; in sigma of the noise where the fit is as good as the noise allows, less elsewhere; 0
        where too few pixels are left to fit to.
    """
    size = (2 * REACH + 1) ** 2
    inputs, targets, weights = np.empty((size, PAIRS)), np.empty(size), np.empty(size)
    centre = np.empty(PAIRS)
    count = _samples(window, step, gain, read, centre, inputs, targets, weights)
    if count < LEAST_SAMPLES:
        return 0.0
    noise = 0.0
    for n in range(count):
        noise += weights[n] * (gain * max(targets[n], 0.0) + read)
    prior = PRIOR_BAYER if step == 2 else PRIOR_MONO
    normal, fitted = np.empty((PAIRS, PAIRS)), np.empty(PAIRS)
    level = _centre(inputs, targets, weights, centre, count)
    _explain(inputs, targets, count, prior)
    _normal_equations(inputs, targets, weights, count, normal, fitted)
    _solve(normal, fitted)
    _explain(inputs, targets, count, fitted)
    error = 0.0
    for n in range(count):
        error += weights[n] * targets[n] ** 2
    for k in range(PAIRS):
        level += (prior[k] + fitted[k]) * centre[k]
    sigma = np.sqrt(gain * max(level, 0.0) + read)
    return float((value - level) / sigma / np.sqrt(max(error / noise, 1.0)))
