"""Median of a few values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel


@kernel()
def median_of(values: NDArray[np.float64], count: int) -> float:
    """Median of the first ``count`` values (>= 1), which are sorted in place.

    The mean of the middle two where ``count`` is even.
    """
    for i in range(1, count):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return float(0.5 * (values[(count - 1) // 2] + values[count // 2]))
