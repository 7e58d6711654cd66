"""Medians: of a few values, and of every 3×3 neighbourhood of a strip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.neighbours import greater, lesser


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


@kernel()
def median3(a: Any, b: Any, c: Any) -> Any:
    """Middle one of three values."""
    return greater(lesser(a, b), lesser(greater(a, b), c))


@kernel()
def _sorted3(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    a, b = lesser(a, b), greater(a, b)
    b, c = lesser(b, c), greater(b, c)
    a, b = lesser(a, b), greater(a, b)
    return a, b, c


@kernel()
def _median_row(
    up: NDArray[Any], mid: NDArray[Any], low: NDArray[Any], dst: NDArray[Any], across: int
) -> None:
    n = dst.size
    u0, u1, u2 = up[:n], up[across : across + n], up[2 * across : 2 * across + n]
    m0, m1, m2 = mid[:n], mid[across : across + n], mid[2 * across : 2 * across + n]
    l0, l1, l2 = low[:n], low[across : across + n], low[2 * across : 2 * across + n]
    for j in range(n):
        # Of three sorted columns: greatest of the least, middle of the middles, least of the greatest.
        a0, a1, a2 = _sorted3(u0[j], m0[j], l0[j])
        b0, b1, b2 = _sorted3(u1[j], m1[j], l1[j])
        c0, c1, c2 = _sorted3(u2[j], m2[j], l2[j])
        least = greater(greater(a0, b0), c0)
        greatest = lesser(lesser(a2, b2), c2)
        dst[j] = median3(least, median3(a1, b1, c1), greatest)


@kernel()
def median_rows(src: NDArray[Any], dst: NDArray[Any], down: int, across: int) -> None:
    """3×3 median of a strip.

    Parameters
    ----------
    src : array of shape (rows + 2·down, n + 2·across)
        The strip with its margins; for interleaved channels the flat rows.
    dst : array of shape (rows, n)
        The medians, of src's dtype.
    down, across : int
        Distance in elements to the neighbouring rows and columns.
    """
    for i in range(dst.shape[0]):
        _median_row(src[i], src[i + down], src[i + 2 * down], dst[i], across)
