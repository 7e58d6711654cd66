"""Windows to learn from in the very frame that is to be repaired: its good pixels, under its own holes.

A hole is the marked pixels of one of the map's clusters as their window sees them, with what else is
marked or beyond the frame; it is laid over another place of the frame, as often as not one near the
cluster, seen in one of sixteen views of a mosaic. What is marked there is unknown as ever and never asked
for, so no truth is needed and none leaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.cfa import R
from isp.frame import RawFrame
from isp.jit import kernel
from isp.levels import Levels
from stages.kernels.cluster_window import (
    CORE,
    RIM,
    WINDOW,
    fill_window,
    normalise_window,
    window_work,
)
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.regions import Region
from stages.kernels.sparse_spectrum import Work
from stages.kernels.tiles import tiles
from stages.learned.clusternet.cutting import ask, cut_mosaic, inset_of
from stages.learned.clusternet.sampling import Batch
from stages.learned.clusternet.windows import GAP_PX, LONGEST, window_origins
from stages.learned.training.draws import integer, start, uniform

LEAST_PX = WINDOW + 2
"""Least side of a frame that windows can be cut from at either parity."""

HOLES = 4096
"""Most holes that are kept; of more, evenly chosen ones."""

NEAR_SHARE, NEAR_PX = 0.5, 48
"""Share of the windows that are cut near their hole, and how far away those are at most."""

TRIES, MARKED_PX = 4, 40
"""Places that are looked at until one has no more marked pixels than that in its core."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Masks = NDArray[np.uint8]
State = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Practice:
    """What a network can learn from a frame; a `learning.Source`.

    Parameters
    ----------
    levels : float32 array of shape (H, W, 1)
        The mosaic, white balanced, 1 at white, from its first red site on; NaN at marked pixels.
    holes : uint8 array of shape (K, WINDOW, WINDOW)
        1 where a window round a cluster knows nothing.
    places : int64 array of shape (K, 2)
        Top and left of those windows in ``levels``.
    size : int
        Windows of a batch.
    """

    levels: Floats
    holes: Masks
    places: Ints
    size: int

    @staticmethod
    def of(frame: RawFrame, region: Region, size: int) -> Practice | None:
        """That of one part of a frame; none where windows cannot be cut or have nothing to show."""
        top, left = frame.cfa.first(R)
        small = min(frame.shape[0] - top, frame.shape[1] - left) < LEAST_PX
        if small or np.count_nonzero(~region.unusable) < LEAST_PX**2:
            return None
        boxes = tiles(region.defects, LONGEST, GAP_PX).box
        if len(boxes) > HOLES:
            boxes = boxes[np.linspace(0, len(boxes) - 1, HOLES).astype(np.int64)]
        places = window_origins(boxes, (top, left))
        holes = np.empty((len(places), WINDOW, WINDOW), np.uint8)
        _holes(region.unusable.view(np.uint8), places, holes)
        scale = Levels.spread(balanced_scale(frame.meta), frame.shape).astype(np.float32)
        levels = frame.signal() * scale
        levels[region.unusable] = np.nan
        return Practice(
            np.ascontiguousarray(levels[top:, left:, None]), holes, places - (top, left), size
        )

    def batch(self, number: int) -> Batch:
        """Batch ``number``, counted from 0."""
        batch = Batch.empty(self.size)
        _practise(
            self.levels, self.holes, self.places, number,
            batch.features, batch.target, batch.weight, batch.statistics, batch.inset, window_work(),
        )  # fmt: skip
        return batch.by_inset()


@kernel()
def _holes(unusable: Masks, places: Ints, holes: Masks) -> None:
    height, width = unusable.shape
    for k in range(len(places)):
        for i in range(WINDOW):
            for j in range(WINDOW):
                y, x = places[k, 0] + i, places[k, 1] + j
                inside = 0 <= y < height and 0 <= x < width
                holes[k, i, j] = unusable[y, x] if inside else 1


@kernel()
def _practise(
    levels: Floats,
    holes: Masks,
    places: Ints,
    seed: int,
    features: Floats,
    target: Floats,
    weight: Floats,
    statistics: Floats,
    inset: Ints,
    work: Work,
) -> None:
    state = np.empty(1, np.uint64)
    window = np.empty((WINDOW, WINDOW), np.float32)
    bad, asked = np.empty((WINDOW, WINDOW), np.uint8), np.empty((WINDOW, WINDOW), np.uint8)
    gain = np.ones(3)
    for n in range(features.shape[0]):
        start(state, seed, n)
        k = integer(state, 0, len(holes) - 1)
        top, left = _place(levels, places[k], state)
        cut_mosaic(levels, top, left, integer(state, 0, 7), uniform(state) < 0.5, gain, window)
        for i in range(WINDOW):
            for j in range(WINDOW):
                unknown = np.isnan(window[i, j])
                bad[i, j] = 1 if unknown else holes[k, i, j]
                asked[i, j] = 0 if unknown else holes[k, i, j]
        inset[n] = inset_of(asked)
        normalise_window(window, bad, features[n], statistics[n])
        fill_window(features[n], work)
        ask(window, asked, inset[n], features[n], statistics[n], target[n], weight[n])


@kernel()
def _place(levels: Floats, home: Ints, state: State) -> tuple[int, int]:
    """Where to cut a window: near a hole's own place or anywhere, of few marked pixels."""
    last_row, last_col = levels.shape[0] - WINDOW, levels.shape[1] - WINDOW
    top, left = 0, 0
    for _ in range(TRIES):
        if uniform(state) < NEAR_SHARE:
            top = min(max(home[0] + integer(state, -NEAR_PX, NEAR_PX), 0), last_row)
            left = min(max(home[1] + integer(state, -NEAR_PX, NEAR_PX), 0), last_col)
        else:
            top, left = integer(state, 0, last_row), integer(state, 0, last_col)
        marked = 0
        for i in range(2 * RIM, 2 * (RIM + CORE)):
            for j in range(2 * RIM, 2 * (RIM + CORE)):
                marked += np.isnan(levels[top + i, left + j, 0])
        if marked <= MARKED_PX:
            break
    return top, left
