"""Timing of one call: warm-up apart, median and spread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

RUNS = 7
LONG_S = 1.0  # what takes longer is measured three times


@dataclass(frozen=True)
class Spread:
    """Durations of some runs.

    Parameters
    ----------
    median_ms, low_ms, high_ms : float
        Median and quartiles.
    best_ms : float
        The shortest.
    runs : int
        Number of runs, warm-up excluded.
    """

    median_ms: float
    low_ms: float
    high_ms: float
    best_ms: float
    runs: int

    @classmethod
    def of(cls, durations_ms: list[float]) -> Spread:
        """The spread of at least one duration."""
        low, median, high = np.percentile(durations_ms, [25, 50, 75])
        return cls(float(median), float(low), float(high), min(durations_ms), len(durations_ms))


def durations_ms(work: Callable[[], Any], runs: int = RUNS) -> list[float]:
    """Durations of a call in ms; one call to warm up (compile, fill caches) goes before, uncounted."""
    if _once_ms(work) > LONG_S * 1e3:
        runs = min(runs, 3)
    return [_once_ms(work) for _ in range(runs)]


def _once_ms(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3
