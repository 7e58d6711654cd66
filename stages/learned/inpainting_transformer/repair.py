"""Marked pixels inpainted: windows round the patches that hold them, batched, read off.

Cost follows the clusters. A network of the readout ``own`` predicts 3×3 patches from one window, the
paper's one. Where most of a window is unknown its patches wait until their neighbours are filled, so
large holes close from the rim inwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.regions import Region, regions
from stages.learned.inpainting_transformer.engine import Engine, chunks
from stages.learned.inpainting_transformer.scene import FILLED, Scene
from stages.learned.running.threads import side_by_side

ENOUGH = 0.2
"""Share of a window that is known, from which its patches need not wait for their neighbours."""

GROUP = 3
"""Patches on a side that one window predicts, where the network can predict several."""

Indices = NDArray[np.int64]


def repair_patches(frame: RawFrame, defects: DefectMap, engine: Engine) -> Repair:
    """Repair the marked pixels of a Bayer frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer, any dtype and phase.
    defects : DefectMap
        Marked pixels; none of them is used.
    engine : Engine
        The network.

    Returns
    -------
    Repair
        With spreads where the network predicts them. Not repaired: pixels of a colour that their window
        knows nothing of.
    """
    values, spread = np.zeros((2, len(defects)), np.float32)
    done = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        part = _Part.of(frame, region, engine)
        part.run()
        rows, cols = region.defects.rows, region.defects.cols
        values[region.entries] = part.scene.dn(part.levels, rows, cols)
        scale = frame.levels.pick(balanced_scale(frame.meta), rows, cols)
        spread[region.entries] = part.spreads / scale
        done[region.entries] = part.done
    return Repair(values, done, spread if engine.shape.told else None)


@dataclass(frozen=True, eq=False)
class _Part:
    """Marked pixels of one region by the groups of patches that hold them.

    Parameters
    ----------
    groups : int64 array (G, 2)
        Row and column of each group in the grid of groups.
    start, order : int64 arrays (G + 1,), (N,)
        Entries of group g: ``order[start[g] : start[g + 1]]``.
    slot, index : int64 arrays (N,)
        Which of its group's patches an entry lies in, and where in that patch's values.
    """

    region: Region
    scene: Scene
    engine: Engine
    size: int
    groups: Indices
    start: Indices
    order: Indices
    slot: Indices
    index: Indices
    levels: NDArray[np.float32]
    spreads: NDArray[np.float32]
    done: NDArray[np.bool_]

    @staticmethod
    def of(frame: RawFrame, region: Region, engine: Engine) -> _Part:
        scene = Scene.of(frame, region.unusable, engine.shape)
        size = GROUP if engine.shape.readout == "own" else 1
        patch, index = scene.place(region.defects.rows, region.defects.cols)
        slot = patch % size
        groups, member, counts = np.unique(
            patch // size, axis=0, return_inverse=True, return_counts=True
        )
        count = len(region.defects)
        levels, spreads = np.zeros((2, count), np.float32)
        return _Part(
            region, scene, engine, size, groups, np.concatenate([[0], np.cumsum(counts)]),
            np.argsort(member.ravel(), kind="stable"), slot[:, 0] * size + slot[:, 1], index,
            levels, spreads, np.zeros(count, np.bool_),
        )  # fmt: skip

    def run(self) -> None:
        """Predict group after group, those that see enough first."""
        waiting = np.arange(len(self.groups))
        while len(waiting):
            share = self._known_share(waiting)
            ready = share >= min(ENOUGH, share.max())
            before = int(self.done.sum())
            parts = list(chunks(waiting[ready]))
            with side_by_side(max(1, min(self.engine.place.threads, len(parts)))) as pool:
                list(pool.map(self._chunk, parts))
            if int(self.done.sum()) == before:
                return
            waiting = waiting[~ready]
            if len(waiting):
                self._keep()

    def _known_share(self, chosen: Indices) -> NDArray[np.float64]:
        shares = [
            self.scene.windows(self.scene.starts(self.groups[c], self.size))[1].mean((1, 2, 3))
            for c in chunks(chosen)
        ]
        return np.concatenate(shares).astype(np.float64)

    def _chunk(self, chosen: Indices) -> None:
        groups = self.groups[chosen]
        levels, known = self.scene.windows(self.scene.starts(groups, self.size))
        found = self.engine.predict(levels, known, self.scene.wanted(groups, self.size))
        in_plane = known.sum((2, 3)) > 0
        in_plane[:, 1:3] = in_plane[:, 1:3].any(1, keepdims=True)
        for n, group in enumerate(chosen):
            entries = self.order[self.start[group] : self.start[group + 1]]
            slot, index = self.slot[entries], self.index[entries]
            self.levels[entries] = found.levels[n, slot, index]
            if found.spread is not None:
                self.spreads[entries] = found.spread[n, slot, index]
            self.done[entries] = in_plane[n, index // self.engine.shape.patch**2]

    def _keep(self) -> None:
        """Let groups that wait see what is filled."""
        rows, cols = (at[self.done] for at in (self.region.defects.rows, self.region.defects.cols))
        self.scene.filled[rows, cols] = self.levels[self.done]
        self.scene.status[rows, cols] = FILLED
