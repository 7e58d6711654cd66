"""Intervals of means by resampling images, and paired leads.

Reference: Efron, Tibshirani, *An Introduction to the Bootstrap*, 1993 (percentile intervals); crops of
one image are drawn together, since they are not independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isp.errors import IspError

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    Parameters
    ----------
    mean : float
        Mean over all units.
    low, high : float
        Ends of the 95 % interval; NaN where there is only one unit.
    count : int
        Number of values.
    unit : str
        What was resampled: ``image``, or ``crop`` where all are of one image.
    """

    mean: float
    low: float
    high: float
    count: int
    unit: str


def mean_interval(
    values: ArrayLike, images: Sequence[Hashable], *, seed: int = 0, draws: int = DRAWS
) -> Interval:
    """Mean of values with a bootstrap interval over the images they belong to.

    Parameters
    ----------
    values : array of shape (N,)
        One value a crop, at least one.
    images : sequence of N
        The image of each crop. Where there is but one, its crops are resampled instead.
    seed : int
        Seed of the draws.
    draws : int
        Number of resamples.

    Raises
    ------
    IspError
        If there is no value, or not one image name a value.
    """
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or len(x) == 0 or len(x) != len(images):
        raise IspError(
            f"An interval needs at least one value and an image for each; got {x.shape} values and"
            f" {len(images)} images."
        )
    names = list(dict.fromkeys(images))
    unit = "image" if len(names) > 1 else "crop"
    number = {name: index for index, name in enumerate(names)}
    units = np.array([number[name] for name in images]) if unit == "image" else np.arange(len(x))
    low, high = _percentiles(x, units, np.random.default_rng(seed), draws)
    return Interval(float(x.mean()), low, high, len(x), unit)


def _percentiles(
    x: NDArray[np.float64], units: NDArray[np.int64], rng: np.random.Generator, draws: int
) -> tuple[float, float]:
    count = int(units.max()) + 1
    if count < 2:
        return float("nan"), float("nan")
    sums, sizes = np.bincount(units, x), np.bincount(units)
    drawn = rng.integers(0, count, (draws, count))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def paired_lead(
    values: ArrayLike, opponent: ArrayLike, images: Sequence[Hashable], *, seed: int = 0
) -> Interval:
    """Mean of (value − opponent's value) over the same crops, with its interval."""
    difference = np.asarray(values, np.float64) - np.asarray(opponent, np.float64)
    return mean_interval(difference, images, seed=seed)
