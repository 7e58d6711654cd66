"""Kernels of frequency-selective reconstruction: weights, site means, and the order of the tiles.

A tile's model is fitted to its window's good pixels, trusted less with distance from the tile's centre;
pixels of the same group that were filled before are trusted a little. Each CFA site's mean is taken off
first, so that a flat field of any pattern is met exactly and the carriers hold texture only. Tiles with
most support come first (Seiler, Jonscher, Schöberl, Kaup, IEEE TIP 24(11), 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.cfa import GB, GR
from isp.jit import kernel
from stages.kernels.sparse_spectrum import Work, fit

NEAR_PX = 8  # support that decides which tile comes next is counted this far round it
_SITES = 5


class Settings(NamedTuple):
    """Settings of the reconstruction; the defaults were tuned on photographs.

    Parameters
    ----------
    iterations : int
        Most functions a window's model is built of.
    decay : float
        Weight of a good pixel falls by this factor per pixel of distance from the tile's centre.
    step : float
        See `stages.kernels.sparse_spectrum.fit`.
    reuse : float
        Trust in pixels filled before, relative to good ones.
    tolerance : float
        Amplitude below which a window counts as modelled, in units of the values.
    """

    iterations: int = 300
    decay: float = 0.7
    step: float = 0.3
    reuse: float = 0.3
    tolerance: float = 1e-5


@kernel()
def _weigh(
    unusable: NDArray[np.bool_],
    owner: NDArray[np.int32],
    mine: int,
    box: NDArray[np.int64],
    top: int,
    left: int,
    falloff: NDArray[np.float32],
    reuse: float32,
    weight: NDArray[np.float32],
) -> None:
    """Trust in each pixel of the window at (top, left) of the frame."""
    height, width = unusable.shape
    weight[:] = float32(0.0)
    for i in range(max(0, -top), min(weight.shape[0], height - top)):
        r = top + i
        dr = 2 * r - (box[0] + box[2] - 1)
        for j in range(max(0, -left), min(weight.shape[1], width - left)):
            c = left + j
            dc = 2 * c - (box[1] + box[3] - 1)
            if not unusable[r, c]:
                weight[i, j] = falloff[dr * dr + dc * dc]
            elif owner[r, c] == mine:
                weight[i, j] = reuse * falloff[dr * dr + dc * dc]


@kernel()
def _site_means(
    values: NDArray[np.float32],
    pattern: NDArray[np.uint8],
    top: int,
    left: int,
    weight: NDArray[np.float32],
    mean: NDArray[np.float64],
    trust: NDArray[np.float64],
) -> None:
    """Weighted mean of each CFA site, and its trust: 0 where nothing is known of the colour."""
    mean[:] = 0.0
    trust[:] = 0.0
    for i in range(weight.shape[0]):
        sites = pattern[(top + i) % pattern.shape[0]]
        for j in range(weight.shape[1]):
            if weight[i, j] > float32(0.0):
                site = sites[(left + j) % sites.size]
                mean[site] += weight[i, j] * values[top + i, left + j]
                trust[site] += weight[i, j]
    for site in range(len(mean)):
        if trust[site] > 0.0:
            mean[site] /= trust[site]
    for one, other in (
        (GR, GB),
        (GB, GR),
    ):  # one green stands in for the other where it is all there is
        if trust[one] == 0.0 and trust[other] > 0.0:
            mean[one], trust[one] = mean[other], 0.5 * trust[other]


@kernel()
def _support(
    unusable: NDArray[np.bool_], owner: NDArray[np.int32], mine: int, box: NDArray[np.int64]
) -> int:
    """Number of pixels round a tile that are good or filled."""
    count = 0
    for r in range(max(0, box[0] - NEAR_PX), min(unusable.shape[0], box[2] + NEAR_PX)):
        for c in range(max(0, box[1] - NEAR_PX), min(unusable.shape[1], box[3] + NEAR_PX)):
            if not unusable[r, c] or owner[r, c] == mine:
                count += 1
    return count


@kernel()
def _fill_tile(
    values: NDArray[np.float32],
    unusable: NDArray[np.bool_],
    owner: NDArray[np.int32],
    mine: int,
    pattern: NDArray[np.uint8],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    entries: NDArray[np.int64],
    box: NDArray[np.int64],
    falloff: NDArray[np.float32],
    settings: Settings,
    work: Work,
    window: NDArray[np.float32],
    weight: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    """Fill one tile's pixels in ``values``; pixels of a colour without support stay as they are."""
    size = window.shape[0]
    top = (box[0] + box[2] - size) // 2
    left = (box[1] + box[3] - size) // 2
    mean, trust = np.empty(_SITES), np.empty(_SITES)
    _weigh(unusable, owner, mine, box, top, left, falloff, float32(settings.reuse), weight)
    _site_means(values, pattern, top, left, weight, mean, trust)
    if trust.max() == 0.0:
        return
    for i in range(size):
        sites = pattern[(top + i) % pattern.shape[0]]
        for j in range(size):
            window[i, j] = float32(0.0)
            if weight[i, j] > float32(0.0):
                site = sites[(left + j) % sites.size]
                window[i, j] = float32(values[top + i, left + j] - mean[site])
    fit(
        window,
        weight,
        work,
        settings.iterations,
        float32(settings.step),
        float32(settings.tolerance),
    )
    for entry in entries:
        r, c = rows[entry], cols[entry]
        site = pattern[r % pattern.shape[0], c % pattern.shape[1]]
        if trust[site] > 0.0:
            values[r, c] = float32(window[r - top, c - left] + mean[site])
            owner[r, c] = mine
            done[entry] = True


@kernel()
def fill_groups(
    values: NDArray[np.float32],
    unusable: NDArray[np.bool_],
    owner: NDArray[np.int32],
    pattern: NDArray[np.uint8],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    groups: NDArray[np.int64],
    order: NDArray[np.int64],
    start: NDArray[np.int64],
    boxes: NDArray[np.int64],
    group_start: NDArray[np.int64],
    falloff: NDArray[np.float32],
    settings: Settings,
    work: Work,
    done: NDArray[np.bool_],
) -> None:
    """Fill groups, each from its best supported tile on; groups do not see each other's values."""
    size = work.cos.shape[0]
    window, weight = np.empty((size, size), float32), np.empty((size, size), float32)
    for g in groups:
        first, last = group_start[g], group_start[g + 1]
        mine = g + 1
        support = np.empty(last - first, np.int64)
        for t in range(last - first):
            support[t] = _support(unusable, owner, mine, boxes[first + t])
        for _ in range(last - first):
            t = int(np.argmax(support))
            if support[t] <= 0:
                break
            support[t] = -1
            box = boxes[first + t]
            entries = order[start[first + t] : start[first + t + 1]]
            _fill_tile(
                values, unusable, owner, mine, pattern, rows, cols, entries, box, falloff, settings,
                work, window, weight, done,
            )  # fmt: skip
            for other in range(last - first):
                apart = boxes[first + other]
                near_rows = apart[0] - NEAR_PX < box[2] and box[0] < apart[2] + NEAR_PX
                near_cols = apart[1] - NEAR_PX < box[3] and box[1] < apart[3] + NEAR_PX
                if support[other] >= 0 and near_rows and near_cols:
                    support[other] = _support(unusable, owner, mine, apart)
