"""Every patch of a frame predicted from what is round it: the double that a frame is compared with.

The paper hides one patch after the other. A network that reads a hidden patch's own vector predicts
several at once: every other patch of every other row is hidden, in four turns, which takes a quarter of
the windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.learned.inpainting_transformer.engine import Engine, chunks
from stages.learned.inpainting_transformer.scene import Scene
from stages.learned.running.threads import side_by_side

GROUP = 4
"""Patches on a side that one window predicts in four turns."""

TURNS = ((0, 0), (0, 1), (1, 0), (1, 1))

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Double:
    """What a frame should look like where nothing is wrong with it; white-balanced levels.

    Parameters
    ----------
    levels : float32 array (4, h, w)
        Predicted planes R, G, G, B of the whole grid of patches.
    spread : float32 array (4, h, w) or None
        Expected standard deviation, where the network predicts one.
    observed, known : float32 arrays (4, h, w)
        The frame's own levels, and 1 where they are known.
    """

    levels: Floats
    spread: Floats | None
    observed: Floats
    known: Floats

    @staticmethod
    def of(scene: Scene, told: bool) -> Double:
        """An empty one for a scene."""
        rows, cols = (count * scene.shape.patch for count in scene.grid)
        planes = [np.zeros((4, rows, cols), np.float32) for _ in range(4)]
        return Double(planes[0], planes[1] if told else None, planes[2], planes[3])


def all_groups(scene: Scene, engine: Engine) -> Indices:
    """Every group of patches of a scene, (G, 2)."""
    size = _size(engine)
    rows, cols = (-(-count // size) for count in scene.grid)
    return np.indices((rows, cols)).reshape(2, -1).T.astype(np.int64)


def groups_near(scene: Scene, engine: Engine, spots: NDArray[np.bool_]) -> Indices:
    """Groups whose windows hold a marked pixel of the frame (H, W)."""
    size, reach = _size(engine), scene.shape.window // 2 + 1
    rows, cols = np.nonzero(spots)
    patch, _ = scene.place(rows.astype(np.int32), cols.astype(np.int32))
    around = np.indices((2, 2)).reshape(2, -1).T * 2 * reach - reach
    at = (np.unique(patch, axis=0)[:, None] + around).clip(0, np.array(scene.grid) - 1) // size
    ranges = [
        np.stack(np.meshgrid(np.arange(a[0, 0], a[3, 0] + 1), np.arange(a[0, 1], a[3, 1] + 1)), -1)
        for a in at
    ]
    if not ranges:
        return np.zeros((0, 2), np.int64)
    return np.unique(np.concatenate([part.reshape(-1, 2) for part in ranges]), axis=0)


def scan(scene: Scene, engine: Engine, groups: Indices, double: Double) -> None:
    """Predict groups of patches and write them into a frame's double."""
    turns = TURNS if engine.shape.readout == "own" else (None,)
    work = [(part, turn) for part in chunks(groups) for turn in turns]

    def look(item: tuple[Indices, tuple[int, int] | None]) -> None:
        _look(scene, engine, item[0], item[1], double)

    with side_by_side(max(1, min(engine.place.threads, len(work)))) as pool:
        list(pool.map(look, work))


def _size(engine: Engine) -> int:
    return GROUP if engine.shape.readout == "own" else 1


def _look(
    scene: Scene, engine: Engine, groups: Indices, turn: tuple[int, int] | None, double: Double
) -> None:
    size, window = _size(engine), scene.shape.window
    starts = scene.starts(groups, size)
    levels, known = scene.windows(starts)
    wanted, patches = scene.wanted(groups, size), _patches(scene, groups, size)
    seen = known
    if turn is not None:
        mine = (patches % 2 == np.array(turn)).all(-1)
        seen = known * ~_hidden(starts, window, scene.shape.patch, turn)
    else:
        mine = np.ones(patches.shape[:2], np.bool_)
    found = engine.predict(levels, seen, wanted)
    side = scene.shape.patch
    for n, h in zip(*np.nonzero(mine), strict=True):
        row, col = patches[n, h] * side
        there = np.s_[:, row : row + side, col : col + side]
        top, left = (patches[n, h] - starts[n]) * side
        here = np.s_[n, :, top : top + side, left : left + side]
        double.levels[there] = found.levels[n, h].reshape(4, side, side)
        if double.spread is not None and found.spread is not None:
            double.spread[there] = found.spread[n, h].reshape(4, side, side)
        double.observed[there], double.known[there] = levels[here], known[here]


def _patches(scene: Scene, groups: Indices, size: int) -> Indices:
    """Rows and columns (N, size², 2) of the groups' patches in the grid, as `Scene.wanted` has them."""
    own = groups[:, None] * size + np.indices((size, size)).reshape(2, -1).T
    return np.asarray(np.minimum(own, np.array(scene.grid) - 1))


def _hidden(starts: Indices, window: int, patch: int, turn: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels (N, 1, n, n) of the windows that this turn hides."""
    axes = [
        ((starts[:, axis, None] + np.arange(window)) % 2 == turn[axis]).repeat(patch, axis=1)
        for axis in range(2)
    ]
    return np.asarray((axes[0][:, :, None] & axes[1][:, None])[:, None])
