"""Place a population's clusters on a frame: shapes at distinct positions, colours respected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.bound import stage
from isp.cfa import Cfa
from isp.errors import StageError
from isp.frame import Area
from isp.population.groups import Group

Mask = NDArray[np.float32]
Draw = Callable[[tuple[int, int], tuple[int, int]], Mask]
ROUNDS = 300


@dataclass(frozen=True, eq=False)
class Placed:
    """Pixels of one group's clusters.

    Parameters
    ----------
    rows, cols : int arrays of shape (N,)
        In the raw frame; each pixel once.
    cluster : int array of shape (N,)
        Number of the cluster inside the group, from 0.
    soft : float32 array of shape (N,)
        Amplitude, above 0 up to 1.
    """

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    cluster: NDArray[np.intp]
    soft: Mask


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Clusters that ask for a place: their pixels one after the other, in active-area coordinates."""

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    member: NDArray[np.intp]
    soft: Mask
    fits: NDArray[np.bool_]


class Ground:
    """The active area with what already stands on it; groups are placed one after the other."""

    def __init__(self, area: Area, cfa: Cfa) -> None:
        self.area = area
        self.extent = (area.height, area.width)
        self._cfa = cfa.shifted(area.top, area.left)
        self._phases = {
            (i, j): self._cfa.shifted(i, j)
            for i in range(cfa.period[0])
            for j in range(cfa.period[1])
        }
        self._taken = np.zeros(self.extent, np.bool_)
        self._kept_off = np.zeros(self.extent, np.bool_)  # by the separation of those who stand
        self._claim = np.zeros(self.extent, np.int32)

    def place(self, group: Group, rng: np.random.Generator) -> Placed:
        """Place a group's clusters where nothing stands yet.

        Raises
        ------
        StageError
            If a shape does not exist or not all clusters find a place.
        """
        draw = self._drawer(group, rng)
        if group.positions:
            return self._at_given(group, draw)
        sizes = _sizes(group, _count(group, self.extent, rng), self.extent, rng)
        centres = group.law.centres(rng, self.extent)
        waiting = np.arange(len(sizes))
        done: list[Placed] = []
        for _ in range(ROUNDS):
            if len(waiting) == 0:
                break
            anchors = group.law.draw(rng, len(waiting), self.extent, centres)
            found, accepted = self._settle(group, draw, anchors, [sizes[i] for i in waiting])
            found.cluster[:] = waiting[found.cluster]
            done.append(found)
            waiting = waiting[~accepted]
        if len(waiting) == 0:
            return self._joined(done)
        raise StageError(
            f"Only {len(sizes) - len(waiting)} of {len(sizes)} clusters of shape"
            f" '{group.shape.name}' fit on the active area of {self.extent[0]}×{self.extent[1]}"
            f" pixels beside the groups before; list large clusters first, or lower count, size_px,"
            " border_px or separation_px."
        )

    def _at_given(self, group: Group, draw: Draw) -> Placed:
        corner = np.array([self.area.top, self.area.left], np.intp)
        anchors = np.asarray(group.positions, np.intp) - corner
        size = group.size_px[0] if isinstance(group.size_px, tuple) else group.size_px
        box = self.extent if size == "full" else (int(size), int(size))
        found, accepted = self._settle(group, draw, anchors, [box] * len(anchors))
        if not accepted.all():
            first = group.positions[int(np.flatnonzero(~accepted)[0])]
            raise StageError(
                f"The cluster at row {first[0]}, column {first[1]} lies outside the active area"
                f" ({self.area}), on another one or nearer to one than separation_px; move it."
            )
        return self._joined([found])

    def _drawer(self, group: Group, rng: np.random.Generator) -> Draw:
        """A function (size, anchor) → mask: the shape with its holes."""
        shape = stage(group.shape.name, **group.shape.params)
        if shape.info.kind != "shape":
            raise StageError(f"'{shape.info.name}' is a {shape.info.kind}, not a shape.")
        periods = self._cfa.period
        params = dict(shape.params)

        def draw(size: tuple[int, int], anchor: tuple[int, int]) -> Mask:
            phase = self._phases[anchor[0] % periods[0], anchor[1] % periods[1]]
            mask: Mask = shape.info.function(rng, size, phase, **params)
            mask = mask[: self.extent[0], : self.extent[1]]
            return _thinned(mask, group.density, rng) if group.density < 1 else mask

        return draw

    def _settle(
        self,
        group: Group,
        draw: Draw,
        anchors: NDArray[np.intp],
        sizes: list[tuple[int, int]],
    ) -> tuple[Placed, NDArray[np.bool_]]:
        """Put down the candidates that collide with nothing; tell which they are."""
        asked = self._candidates(group, draw, anchors, sizes)
        if group.size_px == "full":  # whole rows and columns must cross: they take what is free
            keep = self._unclaimed(asked)
            accepted = np.bincount(asked.member[keep], minlength=len(anchors)) > 0
        else:
            accepted = self._free(asked, group.separation_px)
            keep = accepted[asked.member]
        self._taken[asked.rows[keep], asked.cols[keep]] = True
        rows, cols, member = self._reach(asked, group.separation_px)
        self._kept_off[rows[accepted[member]], cols[accepted[member]]] = True
        placed = Placed(asked.rows[keep], asked.cols[keep], asked.member[keep], asked.soft[keep])
        return placed, accepted

    def _candidates(
        self,
        group: Group,
        draw: Draw,
        anchors: NDArray[np.intp],
        sizes: list[tuple[int, int]],
    ) -> _Candidates:
        rows, cols, soft, counts = [], [], [], np.zeros(len(anchors), np.intp)
        for i, (row, col) in enumerate(anchors.tolist()):
            anchor, mask = self._spanned((row, col), sizes[i], draw)
            if self._inside(anchor, mask.shape, group.border_px):
                r, c, amplitude = self._pixels(anchor, mask, group.halo_percent / 100)
                rows.append(r)
                cols.append(c)
                soft.append(amplitude)
                counts[i] = len(r)
        member = np.repeat(np.arange(len(anchors)), counts)
        return _Candidates(_cat(rows), _cat(cols), member, _cat(soft, np.float32), counts > 0)

    def _pixels(
        self, anchor: tuple[int, int], mask: Mask, halo: float
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Mask]:
        """Rows, columns and amplitudes of a mask's pixels, with a halo as far as the area goes."""
        if not halo:
            r, c = mask.nonzero()
            return r + anchor[0], c + anchor[1], mask[r, c]
        wide = _with_halo(mask, halo)
        r, c = wide.nonzero()
        rows, cols = r + anchor[0] - 1, c + anchor[1] - 1
        ok = (rows >= 0) & (rows < self.extent[0]) & (cols >= 0) & (cols < self.extent[1])
        return rows[ok], cols[ok], wide[r, c][ok]

    def _spanned(
        self,
        anchor: tuple[int, int],
        size: tuple[int, int],
        draw: Draw,
    ) -> tuple[tuple[int, int], Mask]:
        """A mask at its anchor; what spans the whole area along an axis starts at its edge."""
        mask = draw(size, anchor)
        row = 0 if mask.shape[0] == self.extent[0] else anchor[0]
        col = 0 if mask.shape[1] == self.extent[1] else anchor[1]
        if (row, col) != anchor:
            mask = draw(size, (row, col))
        return (row, col), mask

    def _inside(self, anchor: tuple[int, int], shape: tuple[int, ...], border: int | str) -> bool:
        edge = max(shape) if border == "size" else int(border)
        low = min(anchor)
        return (
            low >= edge
            and anchor[0] + shape[0] <= self.extent[0] - edge
            and anchor[1] + shape[1] <= self.extent[1] - edge
        )

    def _free(self, asked: _Candidates, separation: int) -> NDArray[np.bool_]:
        """Which candidates are as far from all that stands as both ask, and touch no earlier one."""
        free = asked.fits.copy()
        free[asked.member[self._kept_off[asked.rows, asked.cols]]] = False
        rows, cols, member = self._reach(asked, separation)
        free[member[self._taken[rows, cols]]] = False
        alive = free[member]
        rows, cols, member = rows[alive], cols[alive], member[alive]
        self._claim[rows[::-1], cols[::-1]] = member[::-1] + 1  # the last to write is the earliest
        own = free[asked.member]
        lost = self._claim[asked.rows[own], asked.cols[own]] != asked.member[own] + 1
        free[asked.member[own][lost]] = False
        self._claim[rows, cols] = 0
        return free

    def _unclaimed(self, asked: _Candidates) -> NDArray[np.bool_]:
        """Which pixels of the candidates are free and asked for by no earlier candidate."""
        rows, cols, member = asked.rows, asked.cols, asked.member
        self._claim[rows[::-1], cols[::-1]] = member[::-1] + 1
        mine = self._claim[rows, cols] == member + 1
        self._claim[rows, cols] = 0
        return np.asarray(mine & ~self._taken[rows, cols])

    def _reach(
        self, asked: _Candidates, separation: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The candidates' pixels and all within the separation of them."""
        if separation == 0:
            return asked.rows, asked.cols, asked.member
        steps = np.arange(-separation, separation + 1)
        rows = (asked.rows[:, None, None] + steps[None, :, None]) + 0 * steps
        cols = (asked.cols[:, None, None] + steps) + 0 * steps[None, :, None]
        member = np.broadcast_to(asked.member[:, None, None], rows.shape)
        ok = (rows >= 0) & (rows < self.extent[0]) & (cols >= 0) & (cols < self.extent[1])
        return rows[ok], cols[ok], member[ok]

    def _joined(self, parts: list[Placed]) -> Placed:
        return Placed(
            _cat([p.rows for p in parts]) + self.area.top,
            _cat([p.cols for p in parts]) + self.area.left,
            _cat([p.cluster for p in parts]),
            _cat([p.soft for p in parts], np.float32),
        )


def _count(group: Group, extent: tuple[int, int], rng: np.random.Generator) -> int:
    if group.rate_ppm is not None:
        return int(rng.poisson(group.rate_ppm * extent[0] * extent[1] / 1e6))
    if isinstance(group.count, tuple):
        return int(rng.integers(group.count[0], group.count[1] + 1))
    return int(group.count or 0)


def _sizes(
    group: Group, count: int, extent: tuple[int, int], rng: np.random.Generator
) -> list[tuple[int, int]]:
    if group.size_px == "full":
        return [extent] * count
    low, high = group.size_px if isinstance(group.size_px, tuple) else (group.size_px,) * 2
    return [(side, side) for side in rng.integers(low, high + 1, count).tolist()]


def _thinned(mask: Mask, density: float, rng: np.random.Generator) -> Mask:
    """Keep each pixel with a probability, at least one."""
    rows, cols = mask.nonzero()
    if len(rows) == 0:
        return mask
    kept = rng.random(len(rows)) < density
    kept[int(rng.integers(len(rows)))] |= not kept.any()
    thin = np.zeros_like(mask)
    thin[rows[kept], cols[kept]] = mask[rows[kept], cols[kept]]
    return thin


def _with_halo(mask: Mask, share: float) -> Mask:
    """The mask grown by one pixel: free neighbours get a share of what stands beside them."""
    wide = np.pad(mask, 1)
    coupled = np.zeros_like(wide)
    coupled[1:] += wide[:-1]
    coupled[:-1] += wide[1:]
    coupled[:, 1:] += wide[:, :-1]
    coupled[:, :-1] += wide[:, 1:]
    return np.where(wide > 0, wide, np.minimum(coupled * np.float32(share), 1))


def _cat(parts: list[NDArray[Any]], dtype: Any = np.intp) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)
