"""Sequences: the same defects over frames, their traps switching as time goes by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from isp.exchange import Injection
from isp.frame import RawFrame
from isp.population import damage
from isp.population import table as defect_table
from isp.population.damage import States
from isp.population.groups import Blinking
from isp.population.model import Population
from isp.population.table import DefectTable
from isp.population.telegraph import Traps


class Blinker:
    """The blinking pixels of a defect table through time.

    Parameters
    ----------
    table : DefectTable
        Defects of one sensor.
    rng : Generator
        Source of chance of the switching.
    """

    def __init__(self, table: DefectTable, rng: np.random.Generator) -> None:
        self._rng = rng
        self._traps = {
            index: Traps.stationary(entry.damage, len(entry.rows), rng)
            for index, entry in enumerate(table.entries)
            if isinstance(entry.damage, Blinking)
        }

    def states(self) -> States:
        """Levels of the blinking pixels in the frame taken now."""
        return {index: traps.level(self._rng) for index, traps in self._traps.items()}

    def advance(self, interval_s: float) -> None:
        """Let time pass."""
        for index, traps in self._traps.items():
            self._traps[index] = traps.after(interval_s, self._rng)


def damaged_sequence(
    frames: Iterable[RawFrame],
    population: Population,
    rng: np.random.Generator,
    *,
    interval_s: float,
) -> Iterator[Injection]:
    """Damage the frames of a sequence with one sensor's defects, one frame at a time.

    Parameters
    ----------
    frames : iterable of RawFrame
        Frames of one sensor; each is let go before the next is asked for.
    population : Population
        Drawn once, for the first frame's geometry.
    rng : Generator
        Source of positions, strengths, noise and switching.
    interval_s : float
        Time from one frame to the next.

    Yields
    ------
    Injection
        The damaged frame and its truth; the map's pixels are the same in all.
    """
    drawing, switching, noise = rng.spawn(3)
    table: DefectTable | None = None
    for frame in frames:
        if table is None:
            table = defect_table.draw(population, frame.meta, drawing)
            blinker = Blinker(table, switching)
        step = f"sequence: {len(table)} defective pixels"
        yield damage.apply(table, frame, noise, states=blinker.states(), step=step)
        blinker.advance(interval_s)
