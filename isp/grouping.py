"""The kernel behind `isp.windows.group`: union-find over sorted coordinates.

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
    count = len(rows)
    parent = np.arange(count).astype(np.int32)
    first_row = rows[0]
    starts = np.full(rows[-1] - first_row + 2, count, np.int64)  # first entry of each row
    for i in range(count - 1, -1, -1):
        starts[rows[i] - first_row] = i
    for r in range(len(starts) - 2, -1, -1):
        starts[r] = min(starts[r], starts[r + 1])
    cursor = np.zeros(gap + 1, np.int64)  # where each of the rows above was left off
    for i in range(count):
        for up in range(gap + 1):
            r = rows[i] - first_row - up
            if r < 0:
                break
            if i == 0 or rows[i] != rows[i - 1]:
                cursor[up] = starts[r]
            j = cursor[up]
            stop = starts[r + 1] if up > 0 else i
            while j < stop and cols[j] < cols[i] - gap:
                j += 1
            cursor[up] = j
            while j < stop and cols[j] <= cols[i] + gap:
                a, b = _find(parent, i), _find(parent, j)
                parent[max(a, b)] = min(a, b)
                j += 1
    return _numbered(parent)


@kernel()
def _numbered(parent: NDArray[np.int32]) -> NDArray[np.int32]:
    label = np.empty(len(parent), np.int32)
    found = 0
    for i in range(len(parent)):
        root = _find(parent, i)
        if root == i:
            label[i] = found
            found += 1
        else:
            label[i] = label[root]
    return label
