"""The kernel behind `isp.windows.group`: union-find over the runs of each row.

A module of its own, imported on first use, so that importing isp does not import Numba and the compiled
code is cached.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel


@kernel()
def _find(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel()
def _runs(
    rows: NDArray[np.int32], cols: NDArray[np.int32], gap: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First entry of each run (within a row, gaps bridged), and first run of each row."""
    first = np.empty(len(rows) + 1, np.intp)
    of_row = np.empty(rows[-1] - rows[0] + 2, np.intp)
    count = row = 0
    for i in range(len(rows)):
        if i == 0 or rows[i] != rows[i - 1] or cols[i] - cols[i - 1] > gap:
            while row <= rows[i] - rows[0]:
                of_row[row] = count
                row += 1
            first[count] = i
            count += 1
    of_row[row] = count
    first[count] = len(rows)
    return first[: count + 1], of_row


@kernel()
def group_sorted(rows: NDArray[np.int32], cols: NDArray[np.int32], gap: int) -> NDArray[np.int32]:
    """Number the groups of pixels in which neighbours differ by at most ``gap`` in row and column.

    Parameters
    ----------
    rows, cols : int32 arrays of shape (N,)
        Sorted by row, then column; at least one.
    gap : int
        Largest difference between two pixels of a group.

    Returns
    -------
    int32 array of shape (N,)
        Group of each pixel, from 0, in the order of their first pixels.
    """
    first, of_row = _runs(rows, cols, gap)
    parent = np.arange(len(first) - 1).astype(np.int32)
    for row in range(1, len(of_row) - 1):
        for above in range(max(row - gap, 0), row):
            j, stop = of_row[above], of_row[above + 1]
            for i in range(of_row[row], of_row[row + 1]):
                left, right = cols[first[i]] - gap, cols[first[i + 1] - 1] + gap
                while j < stop and cols[first[j + 1] - 1] < left:
                    j += 1
                k = j
                while k < stop and cols[first[k]] <= right:
                    a, b = _find(parent, i), _find(parent, k)
                    parent[max(a, b)] = min(a, b)
                    k += 1
    return _numbered(parent, first)


@kernel()
def _numbered(parent: NDArray[np.int32], first: NDArray[np.intp]) -> NDArray[np.int32]:
    """Number of each entry's group, from the union of the runs."""
    label = np.empty(first[-1], np.int32)
    number = np.empty(len(parent), np.int32)
    found = 0
    for i in range(len(parent)):
        root = _find(parent, i)
        if root == i:
            number[i] = found
            found += 1
        label[first[i] : first[i + 1]] = number[root]
    return label
