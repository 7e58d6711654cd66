"""Marked pixels by a network on whole pictures: only windows round clusters are computed.

The network is not told where the damage is. What it must not see, marked pixels, is painted over before;
what it says is taken at the marked pixels only. Long clusters are cut; pieces that see too little wait
until their neighbours are filled, so that large holes close from the rim inwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.levels import Levels
from isp.repair import Repair
from isp.transfer import srgb_decoded
from stages.kernels.packed import BAD, FILLED, encode_planes
from stages.kernels.regions import Region, regions
from stages.kernels.tiles import Tiles, tiles
from stages.learned.fullframe.packing import NO_LEVELS, Indices, Packing, Planes
from stages.learned.fullframe.seam import carried
from stages.learned.running.place import Network, Place
from stages.learned.running.threads import side_by_side

Paint = Literal["black", "near"]

GAP_PX: Final = 2
"""Marked raw pixels at most this far apart are repaired together."""

LONGEST_PX: Final = 24
"""Longest side in raw pixels of what one window repairs."""

ENOUGH: Final = 0.2
"""Share of a window that is known, from which a piece need not wait for its neighbours."""

CHUNK: Final = 8
"""Windows that one thread takes at a time; fixed, so that threads do not change a result."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Painter:
    """A network on windows whose unknown pixels are painted over.

    Parameters
    ----------
    network : callable
        Tensor (N, 4, h, w) to the same shape, on the place's device.
    place : Place
        Device and precision.
    side_px : int
        Side of a window in network pixels; a multiple of the network's.
    paint : str
        What unknown pixels are painted with: ``black``, or what ``near`` pixels of their plane have.
    join : bool
        Whether what the network makes is joined to its surroundings, see `carried`.
    """

    network: Network
    place: Place
    side_px: int
    paint: Paint = "near"
    join: bool = True

    def __call__(self, windows: Planes) -> tuple[Planes, NDArray[np.bool_]]:
        """Repaired levels of windows (N, 4, side, side), NaN where unknown; which planes are known of."""
        unknown = np.isnan(windows)
        known = np.asarray(~unknown.all(axis=(2, 3)))
        top = np.nanmax(windows, axis=(1, 2, 3), initial=1.0)
        for window, headroom in zip(windows, top, strict=True):
            encode_planes(window, float(headroom))
        at = np.nonzero(unknown)
        windows[at] = carried(windows, at) if self.paint == "near" else 0.0
        made = self.place.run(self.network, windows)
        if self.join:
            error = np.where(unknown, np.float32(np.nan), windows - made)
            made[at] += carried(error, at)
        return srgb_decoded(made).astype(np.float32) * top[:, None, None, None], known


def repair_masked(frame: RawFrame, defects: DefectMap, painter: Painter) -> Repair:
    """Repair the marked pixels of a Bayer frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer, any dtype and phase.
    defects : DefectMap
        Marked pixels; none of them is used.
    painter : Painter
        The network.

    Returns
    -------
    Repair
        Not repaired: pixels of a colour that their window knows nothing of.

    Raises
    ------
    StageError
        If the frame is not Bayer.
    """
    values = np.zeros(len(defects), np.float32)
    done = np.zeros(len(defects), np.bool_)
    notes: list[str] = []
    for region in regions(defects):
        part = _Part.of(frame, region)
        notes += part.run(painter)
        values[region.entries], done[region.entries] = part.in_dn(), part.done
    return Repair(values, done, None, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Part:
    """The windows of one region, and what is known of their pixels so far."""

    mosaic: NDArray[Any]
    packing: Packing
    defects: DefectMap
    work: Tiles
    status: NDArray[np.uint8]
    filled: NDArray[np.float32]
    levels: NDArray[np.float32]
    done: NDArray[np.bool_]

    @staticmethod
    def of(frame: RawFrame, region: Region) -> _Part:
        work = tiles(region.defects, LONGEST_PX, GAP_PX)
        count = len(region.defects)
        cut = len(work.box) >= len(work.group_start)
        return _Part(
            frame.mosaic, Packing.of(frame.meta, _extent(frame, region)), region.defects, work,
            region.unusable.view(np.uint8), np.zeros(frame.shape, np.float32) if cut else NO_LEVELS,
            np.zeros(count, np.float32), np.zeros(count, np.bool_),
        )  # fmt: skip

    def run(self, painter: Painter) -> list[str]:
        """Repair piece after piece; returns notes."""
        counts = np.diff(self.work.group_start)
        cut = np.repeat(counts > 1, counts)
        self._pass(painter, np.flatnonzero(~cut))
        waiting, passes = np.flatnonzero(cut), 0
        while len(waiting):
            share = np.array(
                [self._known_share(box, painter.side_px) for box in self.work.box[waiting]]
            )
            ready = share >= min(ENOUGH, share.max())
            if share.max() == 0.0 or not self._pass(painter, waiting[ready]):
                break
            self._keep(waiting[ready])
            waiting, passes = waiting[~ready], passes + 1
        if not cut.any():
            return []
        large = int((counts > 1).sum())
        return [
            f"{large} clusters longer than {LONGEST_PX} pixels: {cut.sum()} pieces, {passes} passes"
        ]

    def _corner(self, box: Ints, side: int) -> tuple[int, int]:
        """First block (row, column) of the window that has a box in its middle."""
        top, left = (
            int(box[axis] + box[axis + 2] - 2 * self.packing.origin[axis]) // 4 - side // 2
            for axis in (0, 1)
        )
        return top, left

    def _view(self, box: Ints, side: int) -> tuple[Indices, Indices]:
        """Raw rows and columns of the window that has a box in its middle."""
        top, left = self._corner(box, side)
        return self.packing.rows(top, top + side), self.packing.cols(left, left + side)

    def _window(self, box: Ints, side: int) -> Planes:
        return self.packing.levels(self.mosaic, *self._view(box, side), self.status, self.filled)

    def _known_share(self, box: Ints, side: int) -> float:
        """Share of a window that is known; reflected pixels count as often as they are seen."""
        return float(np.mean(self.status[np.ix_(*self._view(box, side))] != BAD))

    def _pass(self, painter: Painter, chosen: Ints) -> bool:
        """Repair the chosen pieces from what is known now; whether any pixel was."""
        chunks = [chosen[at : at + CHUNK] for at in range(0, len(chosen), CHUNK)]
        before = int(self.done.sum())
        with side_by_side(max(1, min(painter.place.threads, len(chunks)))) as pool:
            list(pool.map(partial(self._chunk, painter), chunks))
        return int(self.done.sum()) > before

    def _chunk(self, painter: Painter, chosen: Ints) -> None:
        side = painter.side_px
        windows = np.stack([self._window(box, side) for box in self.work.box[chosen]])
        levels, known = painter(windows)
        for index, piece in enumerate(chosen):
            entries = self._entries(piece)
            top, left = self._corner(self.work.box[piece], side)
            row = self.defects.rows[entries] - self.packing.origin[0] - 2 * top
            col = self.defects.cols[entries] - self.packing.origin[1] - 2 * left
            plane = 2 * (row % 2) + col % 2
            self.levels[entries] = levels[index, plane, row // 2, col // 2]
            self.done[entries] = known[index, plane]

    def _entries(self, piece: int) -> Ints:
        return self.work.order[self.work.start[piece] : self.work.start[piece + 1]]

    def _keep(self, chosen: Ints) -> None:
        """Let pieces that wait see the pixels of these."""
        entries = np.concatenate([self._entries(piece) for piece in chosen])
        entries = entries[self.done[entries]]
        rows, cols = self.defects.rows[entries], self.defects.cols[entries]
        self.filled[rows, cols] = self.levels[entries]
        self.status[rows, cols] = FILLED

    def in_dn(self) -> NDArray[np.float64]:
        """Values of the region's entries in DN."""
        rows, cols = self.defects.rows, self.defects.cols
        scale = Levels.pick(self.packing.scale, rows, cols)
        return np.asarray(self.levels / scale + Levels.pick(self.packing.black, rows, cols))


def _extent(frame: RawFrame, region: Region) -> Area:
    """The rectangle that a region's windows are reflected in: the active area, or all of the frame."""
    area = frame.meta.active_area
    inside = area.top <= region.defects.rows[0] < area.bottom
    inside = inside and area.left <= region.defects.cols[0] < area.right
    return area if inside else Area(0, 0, *frame.shape)
