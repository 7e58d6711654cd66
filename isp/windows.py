"""Clusters of marked pixels and the windows round them: where sparse repair does its work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import Area


@dataclass(frozen=True, eq=False)
class Window:
    """A window round one group of marked pixels.

    Parameters
    ----------
    area : Area
        The window in the frame, grown to the CFA's period where the frame allows.
    entries : int array
        Indices into the map of the group's pixels. The window may hold pixels of other groups too:
        they are marked in the mask, and repaired with their own window.
    """

    area: Area
    entries: NDArray[np.intp]


def group(defects: DefectMap, gap: int = 1) -> NDArray[np.int32]:
    """Number the groups of marked pixels, in reading order.

    Parameters
    ----------
    defects : DefectMap
        N marked pixels.
    gap : int
        Two pixels belong together where neither their rows nor their columns differ by more than
        this: 1 is 8-connected; twice a CFA's period joins what shares same-colour neighbours.

    Returns
    -------
    int32 array of shape (N,)
        Group of each entry, from 0.
    """
    if len(defects) == 0:
        return np.zeros(0, np.int32)
    from isp.grouping import group_sorted

    return group_sorted(defects.rows, defects.cols, gap)


def windows(defects: DefectMap, margin: int, gap: int = 1, period: int = 2) -> list[Window]:
    """Windows round the groups of a map.

    Parameters
    ----------
    defects : DefectMap
        The marked pixels.
    margin : int
        Pixels of surroundings on each side, where the frame has them.
    gap : int
        See `group`.
    period : int
        Windows start at multiples of this (the CFA's period), so that all have one phase.

    Returns
    -------
    list of Window
        In reading order of their groups' first pixels.
    """
    if len(defects) == 0:
        return []
    label = group(defects, gap)
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    rows, cols = defects.rows[order], defects.cols[order]
    top = np.minimum.reduceat(rows, starts)
    bottom = np.maximum.reduceat(rows, starts) + 1
    left = np.minimum.reduceat(cols, starts)
    right = np.maximum.reduceat(cols, starts) + 1
    members = np.split(order, starts[1:])
    height, width = defects.shape

    def grown(low: int, high: int, length: int) -> tuple[int, int]:
        start = max(low - margin, 0) // period * period
        return start, min(-(-(high + margin) // period) * period, length)

    found = []
    for k, entries in enumerate(members):
        r0, r1 = grown(int(top[k]), int(bottom[k]), height)
        c0, c1 = grown(int(left[k]), int(right[k]), width)
        found.append(Window(Area(r0, c0, r1 - r0, c1 - c0), entries))
    return found
