"""Who takes part, and how each kind of stage is put to work on a damaged frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from isp.bound import Stage, stage
from isp.defects import DefectMap
from isp.errors import PipelineError, ScenarioError
from isp.frame import RawFrame
from isp.repair import apply_repair
from isp.segments import run_segment

DAMAGED, CLEAN = "none", "clean"
_WITH_MAP: Final = ("corrector",)
_WITHOUT_MAP: Final = ("dpc", "blind", "naive")

StageLike = str | Stage | Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class Contestant:
    """One stage under test.

    Parameters
    ----------
    label : str
        The stage's name; with its parameters where the name takes part twice.
    stage : Stage
        The stage.
    """

    label: str
    stage: Stage

    @property
    def kind(self) -> str:
        """The stage's kind."""
        return self.stage.info.kind

    @property
    def takes_map(self) -> bool:
        """Whether the stage is given a map."""
        return self.kind in _WITH_MAP

    @property
    def on_picture(self) -> bool:
        """Whether it works on the demosaiced picture, not on the mosaic."""
        return self.stage.info.domain == "rgb"

    @property
    def learned(self) -> bool:
        """Whether it was trained; the others are what it is measured against."""
        return self.stage.info.learned


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a contestant made of a damaged frame.

    Parameters
    ----------
    frame : RawFrame
        The mosaic to develop.
    picture_stage : Stage, optional
        To be run behind the demosaicing; the mosaic is the damaged one then.
    marked, unrepaired : int
        Pixels that the map marks, and those for which the stage has no value.
    notes : tuple of str
        Remarks of the stage.
    """

    frame: RawFrame
    picture_stage: Stage | None = None
    marked: int = 0
    unrepaired: int = 0
    notes: tuple[str, ...] = ()


def contestants(stages: Sequence[StageLike]) -> list[Contestant]:
    """The stages of a comparison, checked.

    Raises
    ------
    ScenarioError
        If a stage is of a kind that corrects nothing, takes part twice, or has a reserved name.
    StageError
        If a stage or a parameter is unknown.
    """
    made = [as_stage(one) for one in stages]
    labels = labels_of(made)
    found = [Contestant(label, one) for label, one in zip(labels, made, strict=True)]
    for one in found:
        if labels.count(one.label) > 1:
            raise ScenarioError(f"Stage '{one.label}' takes part twice; name it once.")
        _check_kind(one)
    return found


def labels_of(stages: Sequence[Stage]) -> list[str]:
    """What to call stages side by side: by name; with its parameters where a name is there twice."""
    names = [one.info.name for one in stages]
    return [one.label if names.count(one.info.name) > 1 else one.info.name for one in stages]


def as_stage(given: StageLike) -> Stage:
    """A stage from its name, from ``{name: parameters}``, or as it is."""
    if isinstance(given, Stage):
        return given
    if isinstance(given, str):
        return stage(given)
    if len(given) != 1:
        raise ScenarioError(f"A stage is a name or {{name: parameters}}; got {dict(given)}.")
    name, params = next(iter(given.items()))
    return stage(name, **(params or {}))


def _check_kind(one: Contestant) -> None:
    if one.kind in (*_WITH_MAP, *_WITHOUT_MAP):
        return
    if one.kind == "temporal":
        raise ScenarioError(
            f"Stage '{one.label}' needs several frames of one scene; a comparison has one of each."
        )
    raise ScenarioError(
        f"Stage '{one.label}' is of kind {one.kind}: it corrects no defects. Kinds that can be"
        f" compared: {', '.join((*_WITH_MAP, *_WITHOUT_MAP))}."
    )


def _without_map(stage: Stage, damaged: RawFrame) -> object:
    """The frame that a stage without a map puts out; of local ones no map of changes is made."""
    if stage.info.local:
        return run_segment(damaged, [stage.plan(damaged.meta)])
    result = stage(damaged)
    return result[0] if isinstance(result, tuple) else result


def correct(one: Contestant, damaged: RawFrame, defects: DefectMap) -> Outcome:
    """Put a contestant to work.

    Parameters
    ----------
    one : Contestant
        The stage.
    damaged : RawFrame
        What it gets.
    defects : DefectMap
        The map, for those that take one.
    """
    if one.on_picture:
        return Outcome(damaged, one.stage)
    if one.takes_map:
        repair = one.stage.repair(damaged, defects)
        frame = apply_repair(damaged, defects, repair, one.stage.label)
        left = int(np.count_nonzero(~repair.repaired))
        return Outcome(frame, None, len(defects), left, repair.notes)
    result = _without_map(one.stage, damaged)
    if not isinstance(result, RawFrame):
        raise PipelineError(f"Stage '{one.label}' must return a raw frame.")
    return Outcome(result)
