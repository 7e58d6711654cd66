"""Is a pixel explained by its surroundings? First opinion: four directions, each judged by its record.

Each direction predicts a pixel from its same-colour neighbours and the other colours' curvature along
it (the predictor of Hamilton and Adams). How far to trust a direction is measured on the spot: by how
well it predicts the pixels around. A pixel is a defect only if it is much farther from its prediction
than the pixels around are from theirs, so edges, texture and stars, which disturb their surroundings
too, explain themselves. Optics never light one pixel alone: what also lifts the neighbours is scene.

References: J. F. Hamilton, J. E. Adams, US patent 5 629 734 (1997); blending of predictors by their local
errors: T. Seemann, P. Tischer, *Generalized locally adaptive DPCM*, DCC 1997; sharper than the optics
allow: P. van Dokkum, *Cosmic-ray rejection by Laplacian edge detection*, PASP 113 (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel

RADIUS = 5  # of the window: pixels 2 away are predicted from pixels 3 farther
SIDE = 2 * RADIUS + 1
DOWN = (0, 1, 1, 1)  # one step of each direction: across, along, falling, rising
RIGHT = (1, 0, 1, -1)
ADJACENT = ((0, 1), (0, -1), (1, 0), (-1, 0))
PREDICTION_VARIANCE = 1.7  # of pixel minus prediction, in units of the pixel's own noise
LEAST_RECORD = 3  # predicted surroundings without which a direction has no say
GAIN_LIMIT = 3.0  # between colours: more is noise in the dark
SPREAD_NOISE = 0.7  # sigma of the mean deviation of four neighbours


@kernel()
def _colour_means(window: NDArray[Any], step: int, dark: float) -> NDArray[Any]:
    """Mean signal of the window for each colour, by parity from the window's centre."""
    total, count = np.zeros((2, 2)), np.zeros((2, 2))
    for i in range(SIDE):
        for j in range(SIDE):
            value = window[i, j]
            if value == value:
                total[(i - RADIUS) % step, (j - RADIUS) % step] += value
                count[(i - RADIUS) % step, (j - RADIUS) % step] += 1
    for i in range(2):
        for j in range(2):
            total[i, j] = max(total[i, j] / max(count[i, j], 1.0), 0.0) + dark
    return total


@kernel()
def _between(means: NDArray[Any], i: int, j: int, k: int, l: int, step: int) -> float:  # noqa: E741
    """How much stronger the colour at (i, j) is than the colour at (k, l)."""
    ratio = means[i % step, j % step] / means[k % step, l % step]
    return float(min(max(ratio, 1 / GAIN_LIMIT), GAIN_LIMIT))


@kernel()
def _one_sided(
    window: NDArray[Any], r: int, c: int, down: int, right: int, step: int, ratio: float
) -> float:
    """Prediction where one of the two same-colour neighbours is missing; NaN where more is.

    Bayer: the other neighbour, moved by what another colour does on the way. Mono: the next pair.
    """
    if step == 1:
        return float(
            0.5 * (window[r - 2 * down, c - 2 * right] + window[r + 2 * down, c + 2 * right])
        )
    before = window[r - 2 * down, c - 2 * right] + 0.5 * ratio * (
        window[r + down, c + right] - window[r - 3 * down, c - 3 * right]
    )
    if before == before:
        return float(before)
    return float(
        window[r + 2 * down, c + 2 * right]
        + 0.5 * ratio * (window[r - down, c - right] - window[r + 3 * down, c + 3 * right])
    )


@kernel()
def _predict(window: NDArray[Any], i: int, j: int, d: int, step: int, means: NDArray[Any]) -> float:
    """Prediction of the pixel at (i, j) from the centre along direction d; NaN where it lacks pixels."""
    down, right = DOWN[d], RIGHT[d]
    r, c = RADIUS + i, RADIUS + j
    ratio = _between(means, i, j, i + down, j + right, step)
    base = float32(0.5) * (
        window[r - step * down, c - step * right] + window[r + step * down, c + step * right]
    )
    if base != base:
        return _one_sided(window, r, c, down, right, step, ratio)
    far = step + 1
    # Mono: the next pair is two away, and a third of the difference makes the cubic interpolant.
    weight = 0.25 * ratio if step == 2 else 1.0 / 6.0
    curve = float32(weight) * (
        window[r - down, c - right]
        + window[r + down, c + right]
        - window[r - far * down, c - far * right]
        - window[r + far * down, c + far * right]
    )
    return float(base + curve if curve == curve else base)


@kernel()
def _records(
    window: NDArray[Any],
    step: int,
    gain: float,
    read: float,
    means: NDArray[Any],
    near: NDArray[Any],
    same: NDArray[Any],
    record: NDArray[Any],
) -> None:
    """Mean squared error of each direction around the centre, in units of the noise's.

    ``near``: of the eight adjacent pixels; ``same``: of the eight same-colour neighbours; ``record``: of
    all within two pixels, or NaN.
    """
    for d in range(4):
        total, count = np.zeros(3), np.zeros(3)
        for i in range(-2, 3):
            for j in range(-2, 3):
                value = window[RADIUS + i, RADIUS + j]
                guess = _predict(window, i, j, d, step, means)
                if (i == 0 and j == 0) or not (value == value and guess == guess):
                    continue
                part = 2
                if i % step == 0 and j % step == 0 and max(abs(i), abs(j)) == step:
                    part = 1
                elif abs(i) < 2 and abs(j) < 2:
                    part = 0
                noise = PREDICTION_VARIANCE * (gain * max(guess, 0.0) + read)
                total[part] += (value - guess) ** 2 / noise
                count[part] += 1
        all_count = count[0] + count[1] + count[2]
        record[d] = np.nan
        if all_count >= LEAST_RECORD:
            mean = (total[0] + total[1] + total[2]) / all_count
            near[d] = total[0] / count[0] if count[0] > 0 else mean
            same[d] = total[1] / count[1] if count[1] > 0 else mean
            weights = count[0] + count[1] + 0.5 * count[2]
            record[d] = (total[0] + total[1] + 0.5 * total[2]) / weights


@kernel()
def _deviation(
    window: NDArray[Any], i: int, j: int, step: int, means: NDArray[Any], weights: NDArray[Any]
) -> float:
    """A surrounding pixel minus its blended prediction; NaN where it has none."""
    value = window[RADIUS + i, RADIUS + j]
    total, sure = 0.0, 0.0
    for d in range(4):
        guess = _predict(window, i, j, d, step, means)
        if weights[d] > 0 and guess == guess:
            total += weights[d] * (value - guess)
            sure += weights[d]
    return total / sure if sure > 0 else np.nan


@kernel()
def _spread(
    window: NDArray[Any],
    distance: int,
    step: int,
    means: NDArray[Any],
    weights: NDArray[Any],
    least: float,
) -> tuple[float, int]:
    """Deviation of the four pixels at a distance, on the scale of the centre's colour, DN.

    Returns their mean, and how many deviate by ``least`` or more to its side.
    """
    total, count, alike = 0.0, 0, 0
    for i, j in ADJACENT:
        off = _deviation(window, i * distance, j * distance, step, means, weights)
        if off == off:
            own = off * _between(means, 0, 0, i * distance, j * distance, step)
            total += own
            count += 1
            alike += own >= least if least > 0 else own <= least
    return total / max(count, 1), alike


@kernel()
def _leaks(
    window: NDArray[Any],
    excess_dn: float,
    sigma: float,
    unsure: float,
    step: int,
    means: NDArray[Any],
    weights: NDArray[Any],
    leak: float,
) -> bool:
    """Whether the pixels beside deviate with the centre as those beside a point of light do.

    Texture may deviate by chance, the more the less sure its prediction is; a point of light makes
    nearly all four adjacent pixels deviate to its side.
    """
    sign = 1.0 if excess_dn > 0 else -1.0
    most = leak * abs(excess_dn)
    for distance in range(1, step + 1):
        least = 0.5 * leak * excess_dn
        mean, alike = _spread(window, distance, step, means, weights, least)
        chance = SPREAD_NOISE * sigma * (1.0 if distance == 1 and alike >= 3 else unsure)
        if sign * mean > most + chance:
            return True
    return False


@kernel()
def _within_neighbours(window: NDArray[Any], guess: float, step: int) -> float:
    """The guess, moved into the range of the same-colour neighbours."""
    low, high = np.inf, -np.inf
    for i in range(-step, step + 1, step):
        for j in range(-step, step + 1, step):
            value = window[RADIUS + i, RADIUS + j]
            if value == value:
                low, high = min(low, value), max(high, value)
    return min(max(guess, low), high)


@kernel()
def directional_score(
    window: NDArray[Any], value: float, step: int, gain: float, read: float, leak: float
) -> tuple[float, float, float]:
    """How far a pixel is beyond what four directions and their records explain.

    Parameters
    ----------
    window : float32 array of shape (11, 11)
        Signal in DN round the pixel; NaN at the pixel itself and wherever a pixel must not be used.
    value : float
        The pixel's signal in DN.
    step : int
        Distance of same-colour neighbours.
    gain, read : float
        The noise model.
    leak : float
        Share of its own excess that a point of light gives each neighbour at the least.

    Returns
    -------
    score : float
        Signed, in sigma of the noise where the surroundings are as smooth as noise, less elsewhere;
        0 where the pixel is explained or nothing can be said.
    level : float
        Predicted signal in DN.
    excess : float
        Distance from the prediction in sigma, explained or not; 0 where nothing can be said.
    """
    means = _colour_means(window, step, np.sqrt(read))
    near, same, record = np.zeros(4), np.zeros(4), np.zeros(4)
    _records(window, step, gain, read, means, near, same, record)
    weights = np.zeros(4)
    level, error_near, error_same, error_all, known = 0.0, 0.0, 0.0, 0.0, 0
    for d in range(4):
        guess = _predict(window, 0, 0, d, step, means)
        if record[d] == record[d] and guess == guess:
            weights[d] = 1.0 / (record[d] + 0.5) ** 2
            level += weights[d] * guess
            error_near += weights[d] * near[d]
            error_same += weights[d] * same[d]
            error_all += record[d]
            known += 1
    if known == 0:
        return 0.0, 0.0, 0.0
    sure = weights[0] + weights[1] + weights[2] + weights[3]
    level = _within_neighbours(window, level / sure, step)
    # The worst directions have a small say too: beside a strong edge a prediction along it may slip.
    error = max(error_near, error_same) / sure + 0.003 * error_all / known
    sigma = np.sqrt(gain * max(level, 0.0) + read)
    excess = (value - level) / sigma
    unsure = np.sqrt(max(error / 2.0, 1.0))
    score = abs(excess) / unsure
    sign = 1.0 if excess > 0 else -1.0
    if _leaks(window, value - level, sigma, unsure, step, means, weights, leak):
        return 0.0, level, excess
    return sign * score, level, excess
