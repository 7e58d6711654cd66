"""What a comparison does, checked before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import Any

from isp.bound import Stage
from isp.comparison.contestants import Contestant, StageLike, contestants
from isp.comparison.develop import developments
from isp.comparison.exhibits import MAX_EXHIBITS
from isp.comparison.maps import check_detector, check_maps
from isp.comparison.score import Scorer
from isp.comparison.subject import Input, Variant
from isp.comparison.table import TABLE
from isp.errors import ScenarioError
from isp.maps import TableLimits


@dataclass(frozen=True)
class Task:
    """One case to be run: an input, a way to damage it, a crop, a draw."""

    input: int
    variant: int
    crop: int
    repeat: int


@dataclass(frozen=True)
class Plan:
    """A comparison before it is run. Build it with `plan`.

    Parameters
    ----------
    inputs, contestants, variants, maps : sequences
        What meets what.
    crops, crop_size : int
        Crops an input and their side in pixels; 0 crops: the whole frame.
    repeats : int
        Draws of damage a crop.
    seed : int
        Decides places and damage.
    scorer : Scorer
        Figures and their demosaicings.
    detector : Stage, optional
        For detected maps, and for defects that real frames have already.
    table : TableLimits, optional
        Correctors get each map twice then: whole, and as this table holds it.
    """

    inputs: tuple[Input, ...]
    contestants: tuple[Contestant, ...]
    variants: tuple[Variant, ...]
    maps: tuple[str, ...]
    crops: int
    crop_size: int
    repeats: int
    seed: int
    scorer: Scorer
    detector: Stage | None
    table: TableLimits | None = None

    @property
    def used_maps(self) -> tuple[str, ...]:
        """Names of the maps that correctors get, those of the table last."""
        return self.maps if self.table is None else (*self.maps, *(m + TABLE for m in self.maps))

    @property
    def tasks(self) -> list[Task]:
        """Every case, input by input."""
        return [
            Task(source, variant, crop, repeat)
            for source in range(len(self.inputs))
            for crop in range(max(self.crops, 1))
            for variant in range(len(self.variants))
            for repeat in range(self.repeats)
        ]

    def exhibits(self, task: Task) -> bool:
        """Whether pictures are cut from a case: from all crops, but few whole frames, which are large."""
        few = task.input * len(self.variants) + task.variant < MAX_EXHIBITS
        return task.repeat == 0 and (self.crops > 0 or few)

    @property
    def settings(self) -> dict[str, Any]:
        """The plan as plain data, for files and the report."""
        return {
            "inputs": [source.name for source in self.inputs],
            "protocols": [{"protocol": v.protocol, "variant": v.name} for v in self.variants],
            "stages": [
                {"label": one.label, "kind": one.kind, "stage": one.stage.label}
                for one in self.contestants
            ],
            "maps": list(self.maps),
            "table": None if self.table is None else asdict(self.table),
            "detector": self.detector.label if self.detector is not None else None,
            "crops": self.crops,
            "crop_size": self.crop_size,
            "repeats": self.repeats,
            "seed": self.seed,
            "demosaic": [one.demosaic for one in self.scorer.developments],
        }


def plan(
    inputs: Sequence[Input],
    variants: Sequence[Variant],
    stages: Sequence[StageLike],
    *,
    maps: Sequence[str],
    crops: int,
    crop_size: int,
    repeats: int,
    seed: int,
    demosaic: str | Sequence[str] | None,
    detector: Stage | None,
    table: TableLimits | None = None,
) -> Plan:
    """Check everything that can be checked before an input is opened.

    Raises
    ------
    ScenarioError
        If a list is empty, a name occurs twice, or a number is out of range.
    StageError
        If a stage or a parameter is unknown.
    """
    names = _names(inputs)
    if not inputs or not variants or not stages or not maps:
        raise ScenarioError(
            "A comparison needs at least one input, one protocol, one stage and one map."
        )
    _check_numbers(crops, crop_size, repeats)
    check_maps(tuple(maps))
    if "detected" in maps and detector is None:
        raise ScenarioError("A comparison with detected maps needs a detector; give its name.")
    if detector is not None:
        check_detector(detector)
    return Plan(
        inputs=tuple(replace(one, name=_short(one.name, names)) for one in inputs),
        contestants=tuple(contestants(stages)),
        variants=tuple(variants),
        maps=tuple(dict.fromkeys(maps)),
        crops=crops,
        crop_size=crop_size,
        repeats=repeats,
        seed=seed,
        scorer=Scorer(developments(demosaic)),
        detector=detector,
        table=_checked(table),
    )


def _names(inputs: Sequence[Input]) -> list[str]:
    names = [source.name for source in inputs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ScenarioError(f"The input '{twice[0]}' is given twice; name it once.")
    return names


def _check_numbers(crops: int, crop_size: int, repeats: int) -> None:
    if crops < 0 or crop_size < 32 or repeats < 1:
        raise ScenarioError(
            "A comparison needs crops >= 0 of at least 32 pixels and repeats >= 1; got"
            f" {crops} crops of {crop_size} pixels, {repeats} repeats."
        )


def _checked(table: TableLimits | None) -> TableLimits | None:
    """The table, where it changes anything."""
    if table is None or table == TableLimits():
        return None
    if (table.capacity or 0) < 0 or not 0 <= table.dilate_px <= 64:
        raise ScenarioError(
            f"A defect table has a capacity >= 0 and is dilated by 0 to 64 pixels; got {table}."
        )
    return table


def _short(name: str, names: Sequence[str]) -> str:
    """A path's file name, and of its folders as many as tell it from the other inputs.

    Draws go by it: not by how a path is written, nor by where the folders that it names lie.
    """
    parts, others = PurePath(name).parts, [PurePath(one).parts for one in names if one != name]
    for length in range(1, len(parts) + 1):
        end = parts[-length:]
        if all(other[-length:] != end for other in others):
            return PurePath(*end).as_posix()
    return name
