"""From a frame and a map to values: windows round clusters, batched, repaired, read off.

Clusters longer than a window's core are cut into tiles; tiles that see too few good pixels wait until
their neighbours are filled, so large holes close from the rim inwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from isp.cfa import B, R
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.levels import Levels
from isp.repair import Repair
from isp.threads import thread_budget
from stages.kernels.cluster_window import WINDOW
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.regions import Region, regions
from stages.kernels.tiles import Tiles, tiles
from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.windows import (
    BAD,
    FILLED,
    GAP_PX,
    LONGEST,
    Windows,
    read_off,
    window_insets,
    window_origins,
)
from stages.learned.running.place import Device, Place, Precision
from stages.learned.running.threads import side_by_side

ENOUGH = 0.2
"""Share of a window that is known, from which a tile need not wait for its neighbours."""

CHUNK = 128
"""Most windows that one thread takes at a time; how many follows from their number alone, so that
threads do not change a result."""

PARTS, LEAST = 2, 8
"""Parts that fewer windows than `PARTS` chunks are cut into, for threads to share; windows that are not
worth a second thread."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Engine:
    """Networks made ready: where they run, in which precision, whether they look twice.

    Parameters
    ----------
    networks : tuple of ClusterNet
        On their device, in evaluation mode. Their answers are averaged: what one learned and another did
        not is mostly error.
    place : Place
        Device and precision.
    twice : bool
        Whether each network looks at each window a second time, from a blue site on, as if blue were red
        and red blue: the window has then moved by a pixel.
    """

    networks: tuple[ClusterNet, ...]
    place: Place
    twice: bool

    @staticmethod
    def of(
        networks: Sequence[ClusterNet],
        device: Device,
        precision: Precision,
        twice: bool = False,
    ) -> Engine:
        """Choose device and precision.

        Raises
        ------
        StageError
            If CUDA is asked for and there is none.
        """
        place = Place.of(device, precision)
        # Their own copies, of the precision itself: autocast would convert every weight at every call.
        ready = (place.ready(deepcopy(network)).to(place.dtype) for network in networks)
        return Engine(tuple(ready), place, twice)

    def predict(self, features: Floats, insets: Sequence[int]) -> tuple[Floats, Floats]:
        """Residual and log spread of encoded windows, float32 (N, CORE, CORE, 4)."""
        x = torch.from_numpy(features).permute(0, 3, 1, 2).to(self.place.device, self.place.dtype)
        with torch.inference_mode():
            said = [[part.float() for part in network(x, insets)] for network in self.networks]
        residual, log_spread = (
            torch.stack(parts).mean(0).permute(0, 2, 3, 1).contiguous().cpu().numpy()
            for parts in zip(*said, strict=True)
        )
        return residual, log_spread


@dataclass(frozen=True, eq=False)
class _Scene:
    """A frame as windows look at it, from each of the sites; levels are white-balanced, 1 at white."""

    frame: RawFrame
    status: NDArray[np.uint8]
    filled: Floats
    black: NDArray[np.float64]
    scale: NDArray[np.float64]
    sites: tuple[tuple[int, int], ...]

    @staticmethod
    def of(frame: RawFrame, region: Region, waits: bool, twice: bool) -> _Scene:
        """``waits``: whether filled pixels will be looked at."""
        return _Scene(
            frame,
            region.unusable.view(np.uint8),
            np.zeros(frame.shape if waits else (0, 0), np.float32),
            frame.levels.black,
            balanced_scale(frame.meta),
            tuple(frame.cfa.first(site) for site in ((R, B) if twice else (R,))),
        )

    def windows(self, origins: NDArray[np.int64], before: Windows | None) -> Windows:
        """What networks see there."""
        return Windows.of(
            self.frame.mosaic, self.filled, self.status, self.black, self.scale, origins, before
        )

    def known_share(self, boxes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the known pixels in the window round each box."""
        height, width = self.frame.shape
        shares = []
        for top, left in window_origins(boxes, self.sites[0]):
            rows = slice(max(int(top), 0), min(int(top) + WINDOW, height))
            cols = slice(max(int(left), 0), min(int(left) + WINDOW, width))
            shares.append(np.count_nonzero(self.status[rows, cols] != BAD) / WINDOW**2)
        return np.asarray(shares)


def repair_clusters(frame: RawFrame, defects: DefectMap, engine: Engine) -> Repair:
    """Repair the marked pixels of a Bayer frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer, any dtype and phase.
    defects : DefectMap
        Marked pixels; none of them is used.
    engine : Engine
        The networks.

    Returns
    -------
    Repair
        With spreads. Not repaired: pixels of a colour that their window knows nothing of. The notes
        say where clusters were cut into tiles and where those had to wait.
    """
    values = np.zeros(len(defects), np.float32)
    spread = np.zeros(len(defects), np.float32)
    done = np.zeros(len(defects), np.bool_)
    notes: list[str] = []
    for region in regions(defects):
        part = _Part.of(frame, region, engine.twice)
        notes += part.run(engine)
        values[region.entries], spread[region.entries] = part.in_dn()
        done[region.entries] = part.done
    return Repair(values, done, spread, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Part:
    """The tiles of one region, and what is known of their pixels so far."""

    region: Region
    work: Tiles
    scene: _Scene
    levels: Floats
    spreads: Floats
    done: NDArray[np.bool_]

    @staticmethod
    def of(frame: RawFrame, region: Region, twice: bool) -> _Part:
        work = tiles(region.defects, LONGEST, GAP_PX)
        count = len(region.defects)
        cut = len(work.box) >= len(work.group_start)
        return _Part(
            region, work, _Scene.of(frame, region, cut, twice), np.zeros(count, np.float32),
            np.zeros(count, np.float32), np.zeros(count, np.bool_),
        )  # fmt: skip

    def run(self, engine: Engine) -> list[str]:
        """Repair tile after tile; returns notes."""
        counts = np.diff(self.work.group_start)
        cut = np.repeat(counts > 1, counts)
        passes = int(self._pass(engine, np.flatnonzero(~cut)))
        waiting = np.flatnonzero(cut)
        while len(waiting):
            share = self.scene.known_share(self.work.box[waiting])
            ready = share >= min(ENOUGH, share.max())
            if share.max() == 0.0 or not self._pass(engine, waiting[ready]):
                break
            self._keep(waiting[ready])
            waiting, passes = waiting[~ready], passes + 1
        if not cut.any():
            return []
        large = int((counts > 1).sum())
        tile_count = int(cut.sum())
        noun = "cluster" if large == 1 else "clusters"
        return [f"{large} {noun} larger than a window: {tile_count} tiles in {passes} passes"]

    def _pass(self, engine: Engine, chosen: NDArray[np.int64]) -> bool:
        """Repair the chosen tiles from what is known now; whether any pixel was."""
        start, order = self.work.start, self.work.order
        boxes = self.work.box[chosen]
        origins = (window_origins(boxes, site) for site in self.scene.sites)
        insets = [window_insets(boxes, one) for one in origins]
        chosen = chosen[np.lexsort(insets)]  # few sorts of core in a chunk
        chunks = _chunks(chosen)
        entries = [np.concatenate([order[start[t] : start[t + 1]] for t in c]) for c in chunks]
        before = int(self.done.sum())
        with side_by_side(max(1, min(thread_budget(), len(chunks)))) as pool:
            list(pool.map(partial(self._chunk, engine), chunks, entries))
        return int(self.done.sum()) > before

    def _chunk(self, engine: Engine, chosen: NDArray[np.int64], entries: NDArray[np.int64]) -> None:
        looks, windows = [], None
        for site in self.scene.sites:
            windows = self.scene.windows(window_origins(self.work.box[chosen], site), windows)
            looks.append(self._look(engine, chosen, entries, windows))
        levels, spreads, known = (np.stack(parts) for parts in zip(*looks, strict=True))
        share = known / np.maximum(known.sum(0), 1)
        self.levels[entries] = (share * levels).sum(0)
        self.spreads[entries] = (share * spreads).sum(0)
        self.done[entries] = known.any(0)

    def _look(
        self,
        engine: Engine,
        chosen: NDArray[np.int64],
        entries: NDArray[np.int64],
        windows: Windows,
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Levels, spreads, and whether they are known, of the entries of some tiles."""
        counts = self.work.start[chosen + 1] - self.work.start[chosen]
        starts = np.concatenate([[0], np.cumsum(counts)])
        rows, cols = self.region.defects.rows[entries], self.region.defects.cols[entries]
        levels, spreads = np.zeros(len(entries), np.float32), np.zeros(len(entries), np.float32)
        done = np.zeros(len(entries), np.bool_)
        insets = window_insets(self.work.box[chosen], windows.origins)
        residual, log_spread = engine.predict(windows.features, insets)
        read_off(
            residual, log_spread, windows.features, windows.statistics, windows.known,
            windows.origins, starts, rows, cols, levels, spreads, done,
        )  # fmt: skip
        return levels, spreads, done

    def _keep(self, chosen: NDArray[np.int64]) -> None:
        """Let tiles that wait see the pixels of these."""
        start, order = self.work.start, self.work.order
        entries = np.concatenate([order[start[t] : start[t + 1]] for t in chosen])
        entries = entries[self.done[entries]]
        rows, cols = self.region.defects.rows[entries], self.region.defects.cols[entries]
        self.scene.filled[rows, cols] = self.levels[entries]
        self.scene.status[rows, cols] = FILLED

    def in_dn(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and spreads of the region's entries in DN."""
        rows, cols = self.region.defects.rows, self.region.defects.cols
        scale = Levels.pick(self.scene.scale, rows, cols)
        black = Levels.pick(self.scene.black, rows, cols)
        return self.levels / scale + black, self.spreads / scale


def _chunks(chosen: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Tiles in parts of like size, no more than `CHUNK` each."""
    size = min(CHUNK, max(LEAST, -(-len(chosen) // PARTS)))
    return np.array_split(chosen, -(-len(chosen) // size)) if len(chosen) else []
