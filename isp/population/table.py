"""Defects of one individual sensor: positions and strengths, drawn once from a population.

What they do to a frame is drawn for every frame (see `damage.py`), so a sequence keeps its defects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.frame import Area, FrameMeta
from isp.population.amounts import Amount, Array
from isp.population.groups import Blinking, Damage, Excess, Group, Noisy, Stuck
from isp.population.model import Population
from isp.population.placement import Ground, Placed


@dataclass(frozen=True, eq=False)
class Entry:
    """Pixels with one kind of damage.

    Parameters
    ----------
    damage : Damage
        What is wrong with them.
    kind : DefectKind
        What the truth map says.
    rows, cols, cluster : int arrays of shape (N,)
        Places in the raw frame; cluster numbers are unique in the table.
    soft : float32 array of shape (N,)
        Share of the damage that acts, above 0 up to 1.
    strength, offset : float64 arrays of shape (N,)
        What was drawn for each pixel, in the damage's units; it stays from frame to frame.
    """

    damage: Damage
    kind: DefectKind
    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    cluster: NDArray[np.intp]
    soft: NDArray[np.float32]
    strength: Array
    offset: Array


@dataclass(frozen=True, eq=False)
class DefectTable:
    """All defects of one individual sensor: what a seed makes of a population."""

    entries: tuple[Entry, ...]
    shape: tuple[int, int]
    active_area: Area
    cfa: Cfa
    exposure_s: float
    temperature_c: float

    def __len__(self) -> int:
        return sum(len(entry.rows) for entry in self.entries)

    def truth(self, severity_dn: list[Array] | None = None, source: str = "truth") -> DefectMap:
        """The map of all damaged pixels, with their deviation where given for each entry."""
        parts = self.entries
        count = len(self)
        kinds = [np.full(len(p.rows), p.kind) for p in parts]
        return DefectMap.of(
            np.concatenate([p.rows for p in parts]) if count else [],
            np.concatenate([p.cols for p in parts]) if count else [],
            self.shape,
            kind=np.concatenate(kinds) if count else [],
            severity_dn=None if severity_dn is None or not count else np.concatenate(severity_dn),
            cluster=np.concatenate([p.cluster for p in parts]) if count else [],
            active_area=self.active_area,
            cfa=self.cfa,
            source=source,
        )


def draw(population: Population, meta: FrameMeta, rng: np.random.Generator) -> DefectTable:
    """Draw an individual sensor's defects; a group's draws do not depend on the groups after it.

    Raises
    ------
    StageError
        If a shape is unknown or the clusters do not fit on the active area.
    """
    ground = Ground(meta.active_area, meta.cfa)
    entries: list[Entry] = []
    first = 0
    for group, child in zip(population.groups, rng.spawn(len(population.groups)), strict=True):
        placed = ground.place(group, child)
        entries += _entries(group, placed, first, child)
        first += int(placed.cluster.max(initial=-1)) + 1
    return DefectTable(
        tuple(entries),
        meta.shape,
        meta.active_area,
        meta.cfa,
        population.exposure_s,
        population.temperature_c,
    )


def _entries(group: Group, placed: Placed, first: int, rng: np.random.Generator) -> list[Entry]:
    damages = group.damage
    clusters = int(placed.cluster.max(initial=-1)) + 1
    chosen = rng.integers(len(damages), size=clusters)[placed.cluster]
    found = []
    for index, damage in enumerate(damages):
        mine = chosen == index
        rows, cols, cluster = placed.rows[mine], placed.cols[mine], placed.cluster[mine]
        strength, offset = _strengths(damage, rows, cols, cluster, rng)
        kind = DefectKind.parse(group.label or damage.kind)
        found.append(
            Entry(damage, kind, rows, cols, cluster + first, placed.soft[mine], strength, offset)
        )
    return found


def _strengths(
    damage: Damage,
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    cluster: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Strength and offset of every pixel, in the damage's units."""
    none = np.zeros(len(rows))
    amount = _amount(damage)
    strength = amount.draw(rng, rows, cols, cluster)
    if isinstance(damage, Stuck) and amount.unit == "signal_percent":
        return strength * _signs(cluster, rng), none
    if isinstance(damage, Stuck) and damage.kind == "stuck" and amount.unit == "off_rail_percent":
        return strength, _signs(cluster, rng)
    if not isinstance(damage, Excess):
        return strength, none
    if damage.polarity != "positive":
        sign = _signs(cluster, rng) if damage.polarity == "both" else -1.0
        strength = strength * sign
    if damage.offset is None:
        return strength, none
    has = rng.random(len(rows)) < damage.offset_share
    return strength, np.where(has, damage.offset.draw(rng, rows, cols, cluster), 0.0)


def _amount(damage: Damage) -> Amount:
    if isinstance(damage, Excess):
        return damage.excess
    if isinstance(damage, Stuck):
        return damage.level
    if isinstance(damage, Noisy):
        return damage.noise
    if isinstance(damage, Blinking):
        return damage.amplitude
    return Amount(signal_percent=damage.response_percent, across=damage.across)


def _signs(cluster: NDArray[np.intp], rng: np.random.Generator) -> Array:
    """−1 or +1, one for each cluster."""
    names, member = np.unique(cluster, return_inverse=True)
    return np.where(rng.random(len(names)) < 0.5, -1.0, 1.0)[member]
