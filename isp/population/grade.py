"""Sensor grades: what a data sheet allows, turned into a population of defects."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from isp.errors import ScenarioError
from isp.population.amounts import Amount, Model
from isp.population.groups import Damage, Excess, Group, Response, ShapeChoice
from isp.words import nearest

_FOLDER = Path(__file__).parent / "grades"


class Thresholds(Model):
    """From what deviation on a data sheet counts a pixel as defective."""

    dark_range_percent: PositiveFloat
    high_response_percent: PositiveFloat
    low_response_percent: NonNegativeFloat

    def damages(self) -> tuple[Damage, ...]:
        """Defects that just fail to far beyond: bright in the dark, too much or too little in light."""
        hot = Amount(range_percent=(self.dark_range_percent, 100.0))
        high = (self.high_response_percent, 2 * self.high_response_percent)
        return (
            Excess(kind="hot", excess=hot),
            Response(kind="high_response", response_percent=high),
            Response(kind="low_response", response_percent=(0.0, self.low_response_percent)),
        )


class ClusterLimit(Model):
    """How many clusters of a range of sizes a grade allows."""

    count: NonNegativeInt
    size_px: tuple[PositiveInt, PositiveInt]


class Grade(Model):
    """A sensor grade of a data sheet: limits on the number of defects of each sort.

    Parameters
    ----------
    name, reference : str
        What it is and where its figures stand.
    pixels : int
        Pixels of the sensor that the limits are for.
    singles, couplets : int
        Single pixels, and pairs of nearest pixels of one colour.
    clusters : list of ClusterLimit
        Larger ones by the side of their box.
    columns : int
        Faulty columns.
    thresholds : Thresholds
        What counts as a defect.
    """

    name: str
    reference: str
    pixels: PositiveInt
    singles: NonNegativeInt
    couplets: NonNegativeInt = 0
    clusters: tuple[ClusterLimit, ...] = ()
    columns: NonNegativeInt = 0
    thresholds: Thresholds

    def groups(self, scale: float = 1.0) -> tuple[Group, ...]:
        """A sensor with as many defects as the grade allows, times a scale (above 1: returned)."""
        damage = self.thresholds.damages()
        ppm = scale * 1e6 / self.pixels
        found = [
            Group(damage=damage, rate_ppm=self.singles * ppm),
            Group(damage=damage, rate_ppm=self.couplets * ppm, shape=ShapeChoice(name="couplet")),
        ]
        found += [
            Group(
                damage=damage,
                rate_ppm=limit.count * ppm,
                shape=ShapeChoice(name="blob"),
                size_px=limit.size_px,
            )
            for limit in self.clusters
        ]
        columns = Group(
            damage=damage[1:],
            rate_ppm=self.columns * ppm,
            shape=ShapeChoice(name="column"),
            size_px="full",
            label="column",
        )
        return tuple(group for group in (*found, columns) if group.rate_ppm)


def names() -> list[str]:
    """Names of all grades, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


@cache
def load(name: str) -> Grade:
    """The grade of a name.

    Raises
    ------
    ScenarioError
        If there is none of that name.
    """
    if name not in names():
        raise ScenarioError(
            f"There is no sensor grade '{name}'.{nearest(name, names())} Known: {', '.join(names())}."
        )
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Grade(name=name, **data)
