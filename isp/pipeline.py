"""The pipeline: stages in a line, their kinds checked before anything runs.

Consecutive local stages are fused into one segment that runs strip by strip; sparse and whole-frame
stages run between segments. Two places of a line are left open for the run that uses it: ``inject``
(where the damage goes in) and ``correct`` (where a corrector, or nothing, is put).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from isp.bound import Stage, stage
from isp.defects import DefectMap
from isp.errors import PipelineError
from isp.exchange import Injection
from isp.frame import RawFrame, RgbFrame
from isp.seeds import child_rng
from isp.segments import run_segment

DEFAULT = (
    "black_level",
    "inject",
    "correct",
    "white_balance",
    "highlight_clip",
    "by_cfa",
    "camera_matrix",
    "gamma",
)
INJECT, CORRECT = "inject", "correct"
_FUSED = ("level", "demosaic", "colour")
Inject = Callable[[RawFrame, np.random.Generator], Injection]


@dataclass(frozen=True)
class Step:
    """One place of a pipeline: a stage, or an open place (``stage`` is None)."""

    name: str
    stage: Stage | None = None

    @property
    def kind(self) -> str:
        """The stage's kind, or the name of the open place."""
        return self.stage.info.kind if self.stage is not None else self.name


@dataclass(frozen=True)
class Timing:
    """How long one step, or one segment of fused steps, took."""

    steps: str
    duration_s: float


@dataclass(frozen=True, eq=False)
class State:
    """What travels down the line; each step returns a new one.

    Parameters
    ----------
    frame : RawFrame or RgbFrame
        The pixels so far; demosaicing cuts the frame to its active area.
    truth : DefectMap, optional
        What was injected.
    defects : DefectMap, optional
        The map that correctors get: given, detected, or the truth.
    corrected : RawFrame, optional
        The raw frame after the last step that repairs.
    notes, timings : tuple
        Remarks of correctors; durations.
    """

    frame: RawFrame | RgbFrame
    truth: DefectMap | None = None
    defects: DefectMap | None = None
    corrected: RawFrame | None = None
    notes: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = field(default=())


@dataclass(frozen=True)
class Pipeline:
    """Stages in order. Build one with `Pipeline.of`.

    Raises
    ------
    PipelineError
        If a raw stage follows the demosaicing, a picture stage comes before it, or a stage's kind has
        no place in a pipeline.
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        domain = "raw"
        for step in self.steps:
            takes, gives = _domains(step)
            if takes != domain:
                there = "there is no picture yet" if domain == "raw" else "the picture is made"
                raise PipelineError(
                    f"Pipeline: '{step.name}' takes a {takes} frame, but where it stands {there}."
                    f" Order: {', '.join(s.name for s in self.steps)}."
                )
            domain = gives

    @classmethod
    def of(cls, entries: Sequence[str | dict[str, Any] | Stage] = DEFAULT) -> Pipeline:
        """A pipeline from stage names, ``{name: parameters}`` and stages."""
        return cls(tuple(_step(entry) for entry in entries))

    def filled(self, place: str, filling: Stage | None) -> Pipeline:
        """The pipeline with a stage (or nothing) put into an open place.

        A naive stage on pictures goes behind the demosaicing, where it belongs.

        Raises
        ------
        PipelineError
            If a stage is to be put into a place that the pipeline does not have.
        """
        if filling is None:
            return Pipeline(tuple(s for s in self.steps if s.name != place or s.stage is not None))
        if filling.info.domain == "rgb":
            return self.filled(place, None)._after_demosaic(filling)
        if not any(s.name == place and s.stage is None for s in self.steps):
            raise PipelineError(
                f"Pipeline: there is no place for '{filling.info.name}'; put '{place}' where it is to"
                f" work. Order: {', '.join(s.name for s in self.steps) or 'empty'}."
            )
        step = Step(filling.info.name, filling)
        return Pipeline(tuple(step if s.name == place and not s.stage else s for s in self.steps))

    def _after_demosaic(self, filling: Stage) -> Pipeline:
        kinds = [step.kind for step in self.steps]
        if "demosaic" not in kinds:
            raise PipelineError(
                f"Stage '{filling.info.name}' works on pictures; the pipeline has no demosaicing."
            )
        at = kinds.index("demosaic") + 1
        step = Step(filling.info.name, filling)
        return Pipeline((*self.steps[:at], step, *self.steps[at:]))

    def run(
        self,
        frame: RawFrame,
        *,
        defects: DefectMap | None = None,
        inject: Inject | None = None,
        seed: int = 0,
    ) -> State:
        """Send a frame down the line.

        Parameters
        ----------
        frame : RawFrame
            The input.
        defects : DefectMap, optional
            The map for correctors; where not given, a detector in the line or the injected truth.
        inject : callable, optional
            What fills the place ``inject``; nothing where not given. An empty place ``correct`` does
            nothing.
        seed : int
            Seed of the run; each stage draws from a child of its own.

        Raises
        ------
        PipelineError
            If a corrector has no map.
        """
        state = State(frame, defects=defects)
        waiting: list[Step] = []
        for index, step in enumerate(self.steps):
            if _idle(step, inject):
                continue
            if step.stage is not None and step.stage.info.local and step.kind in _FUSED:
                waiting.append(step)
                continue
            state, waiting = _flush(state, waiting), []
            start = time.perf_counter()
            state = _timed(_advance(state, step, inject, self._rng(index, seed)), step.name, start)
        return _flush(state, waiting)

    def _rng(self, index: int, seed: int) -> np.random.Generator:
        """A step's draws: of several of one name each has its own, and the first as if alone."""
        name = self.steps[index].name
        before = sum(step.name == name for step in self.steps[:index])
        return child_rng(seed, name, *([before] if before else []))


def _idle(step: Step, inject: Inject | None) -> bool:
    """Whether a step is an open place with nothing in it, which must not part a segment."""
    return step.stage is None and (step.name == CORRECT or inject is None)


def _step(entry: str | dict[str, Any] | Stage) -> Step:
    if isinstance(entry, Stage):
        return Step(entry.info.name, entry)
    if isinstance(entry, dict):
        if len(entry) != 1:
            raise PipelineError(f"A pipeline entry is a name or {{name: parameters}}; got {entry}.")
        name, params = next(iter(entry.items()))
        return Step(name, stage(name, **(params or {})))
    return Step(entry) if entry in (INJECT, CORRECT) else Step(entry, stage(entry))


def _domains(step: Step) -> tuple[str, str]:
    """What a step takes and gives: ``raw`` or ``rgb``."""
    if step.stage is None:
        return "raw", "raw"
    kind = step.kind
    if kind in ("shape", "trainer"):
        raise PipelineError(f"Stage '{step.name}' is a {kind}: it has no place in a pipeline.")
    domain = step.stage.info.domain
    return domain, "rgb" if kind == "demosaic" else domain


def _timed(state: State, steps: str, start: float) -> State:
    timing = Timing(steps, time.perf_counter() - start)
    return replace(state, timings=(*state.timings, timing))


def _flush(state: State, waiting: Sequence[Step]) -> State:
    """Run the local stages gathered so far as one segment."""
    if not waiting:
        return state
    start = time.perf_counter()
    if any(step.kind == "demosaic" for step in waiting):
        state = _cropped(state)
    ops, meta = [], state.frame.meta
    for step in waiting:
        if step.stage is not None:
            ops.append(step.stage.plan(meta))
            meta = ops[-1].out
    state = replace(state, frame=run_segment(state.frame, ops))
    return _timed(state, " + ".join(step.name for step in waiting), start)


def _advance(state: State, step: Step, inject: Inject | None, rng: np.random.Generator) -> State:
    """One step that is not local."""
    frame = state.frame
    if step.stage is None:
        if inject is None or not isinstance(frame, RawFrame):
            return state
        return _injected(state, inject(frame, rng))
    if step.kind == "demosaic":
        frame = _cropped(state).frame
    if step.kind == "injector":
        return _injected(state, step.stage(frame, rng))
    if step.kind == "detector":
        return replace(state, defects=step.stage(frame))
    if step.kind in ("dpc", "blind"):
        after, found = step.stage(frame)
        return replace(state, frame=after, corrected=after, defects=found)
    if step.kind in ("corrector", "temporal"):
        return _corrected(state, step.stage)
    after = step.stage(frame)
    if step.kind == "naive" and isinstance(after, RawFrame):
        return replace(state, frame=after, corrected=after)
    return replace(state, frame=after)


def _cropped(state: State) -> State:
    """The frame cut to its active area: a picture must not mix in masked pixels."""
    frame = state.frame
    if not isinstance(frame, RawFrame) or frame.meta.active_area.covers(frame.shape):
        return state
    return replace(state, frame=frame.crop(frame.meta.active_area))


def _injected(state: State, injection: Injection) -> State:
    truth = injection.truth
    if state.truth is not None:
        truth = state.truth.united([truth])
    return replace(state, frame=injection.frame, truth=truth)


def _corrected(state: State, corrector: Stage) -> State:
    from isp.repair import apply_repair

    frame = state.frame
    defects = state.defects if state.defects is not None else state.truth
    if defects is None or not isinstance(frame, RawFrame):
        raise PipelineError(
            f"Stage '{corrector.info.name}' needs a defect map: give one, put a detector before it,"
            " or inject defects."
        )
    given: RawFrame | list[RawFrame] = frame if corrector.info.kind == "corrector" else [frame]
    repair = corrector.repair(given, defects)
    left = int((~repair.repaired).sum())
    notes = list(repair.notes)
    if left:
        notes.append(f"{left} of {len(defects)} marked pixels could not be repaired")
    after = apply_repair(frame, defects, repair, corrector.label)
    named = tuple(f"{corrector.info.name}: {note}" for note in notes)
    return replace(
        state, frame=after, corrected=after, defects=defects, notes=(*state.notes, *named)
    )
