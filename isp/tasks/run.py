"""``isp run``: whole frames through the pipeline, once for each corrector, with everything kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.finish import run_comparison
from isp.comparison.plan import Plan, Task
from isp.comparison.prepare import prepare
from isp.comparison.run import Failure, Progress, case_map, open_case
from isp.comparison.subject import Subject, Variant
from isp.comparison.table import TABLE
from isp.comparison.whole import damaged_whole, placed
from isp.defects import DefectMap
from isp.environment import environment
from isp.errors import IspError, ScenarioError, sentence
from isp.files import atomic, check_outputs
from isp.frame import RawFrame, RgbFrame
from isp.io.maps import write_map
from isp.io.output import write
from isp.pipeline import CORRECT, INJECT, Pipeline, State
from isp.report.folder import comparison_paths, save_comparison
from isp.scenario.load import bound_entry, save
from isp.scenario.model import Scenario
from isp.tasks.compare import SCENARIO_FILE, failure_lines, lines, plan_of, summary
from isp.tasks.inputs import given_map, names, sources
from isp.tasks.outputs import distinct

log = logging.getLogger(__name__)

DAMAGED, CLEAN = "damaged", "clean"
TIMINGS_FILE = "timings.json"
TRUTH, MAP, RAW = "truth.csv", "map.csv", "damaged.dng"


@dataclass(frozen=True, eq=False)
class _Shot:
    """One input, damaged in one way, with the map that correctors get."""

    input: str
    folder: Path
    clean: RawFrame | None
    damaged: RawFrame
    truth: DefectMap | None
    defects: DefectMap


@dataclass(frozen=True)
class _Run:
    """One way through the pipeline, the name that its files get, and the corrector's in failures."""

    name: str
    line: Pipeline
    corrector: str = ""


@dataclass(eq=False)
class _Done:
    """What was developed into a folder, and what could not be done."""

    folder: Path
    failures: list[Failure]
    timings: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def listing(self, source: str, stage: str = "") -> Iterator[None]:
        """List what goes wrong in the block, so that it stops nothing behind it."""
        try:
            yield
        except Exception as error:
            log.debug("input %s %s", source, stage, exc_info=True)
            failure = Failure(source, stage, sentence(error))
            if failure not in self.failures:  # the comparison may have met it before
                self.failures.append(failure)


def run(
    scenario: Scenario, folder: Path, *, force: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run a scenario and write its folder; returns the summary with lines to print.

    An input that cannot be used, or a corrector that fails on it, is listed and stops nothing else.

    Raises
    ------
    IspError
        If no input could be used at all.
    ScenarioError
        If it names no corrector, or neither damage nor a map.
    PipelineError
        If its pipeline, with a corrector in it, does not fit together: nothing is opened then.
    FileError
        If a file is there already and ``force`` is not given: nothing is opened then.
    """
    if not scenario.correctors:
        raise ScenarioError("The scenario names no correctors; add a list 'correctors'.")
    if scenario.defects is None:
        raise ScenarioError(
            "The scenario has no 'defects': give damage, or a map of the input's own."
        )
    made = plan_of(scenario, crops=0) if scenario.defects.map is None else None
    runs = _runs(scenario, made)
    places = _places(scenario, folder, () if made is None else made.variants)
    check_outputs(*_outputs(folder, places, runs), force=force)
    found = None if made is None else run_comparison(made, progress)
    if found is not None:
        save_comparison(found, folder, force=force)
    done = _Done(folder, [] if found is None else list(found.failures))
    for shot in _shots(scenario, made, places, done):
        _develop_all(scenario, shot, runs, done, force=force)
    if found is None and not done.timings:
        raise IspError(f"No input could be developed; the first: {done.failures[0].reason}")
    save(scenario, folder / SCENARIO_FILE, force=force)
    _write_json(folder / TIMINGS_FILE, {"timings": done.timings, **environment()}, force)
    return _result(found, done)


def _result(found: Comparison | None, done: _Done) -> dict[str, Any]:
    """The summary of the comparison, where there was one, with all failures."""
    failures = sorted(done.failures)
    written = f"written: {done.folder}"
    if found is None:
        told = [*failure_lines(failures), written]
        return {"failures": list(map(asdict, failures)), "lines": told}
    found = replace(found, failures=failures)
    return {**summary(found), "lines": [*lines(found), written]}


def _runs(scenario: Scenario, made: Plan | None) -> list[_Run]:
    """The damaged frame, the clean one, and each corrector; a stage that stands twice is numbered."""
    line = Pipeline.of(scenario.pipeline).filled(INJECT, None)
    plain = line.filled(CORRECT, None)
    correctors = [bound_entry(entry) for entry in scenario.correctors]
    files = distinct(one.info.name for one in correctors)
    labels = files if made is None else [one.label for one in made.contestants]
    corrected = (line.filled(CORRECT, corrector) for corrector in correctors)
    return [_Run(DAMAGED, plain), _Run(CLEAN, plain), *map(_Run, files, corrected, labels)]


def _places(scenario: Scenario, folder: Path, variants: Sequence[Variant]) -> list[list[Path]]:
    """Each input's folders, one for each way to damage it, also where several inputs have one name."""
    homes = [folder / name for name in distinct(Path(name).stem for name in names(scenario))]
    return [[home / (one.name or one.protocol) for one in variants] or [home] for home in homes]


def _outputs(folder: Path, places: list[list[Path]], runs: Sequence[_Run]) -> Iterator[Path]:
    """All that may be written, the scenario first."""
    yield folder / SCENARIO_FILE
    yield folder / TIMINGS_FILE
    yield from comparison_paths(folder)
    files = [TRUTH, MAP, RAW, *(name for one in runs for name in _files(one.name))]
    yield from (place / name for row in places for place in row for name in files)


def _shots(
    scenario: Scenario, made: Plan | None, places: list[list[Path]], done: _Done
) -> Iterator[_Shot]:
    """Every input in turn: damaged in each way as in the comparison, or with the map that it has."""
    inputs = sources(scenario) if made is None else made.inputs
    for index, (source, row) in enumerate(zip(inputs, places, strict=True)):
        with done.listing(source.name):
            opened = replace(source.open(), name=source.name)
            if made is None:
                yield _mapped(scenario, opened, row[0])
                continue
            opened = prepare(opened, made.detector)
            for number, place in enumerate(row):
                with done.listing(source.name):
                    yield _damaged(made, opened, Task(index, number, 0, 0), place)


def _mapped(scenario: Scenario, opened: Subject, place: Path) -> _Shot:
    """An input that has defects of its own, with their map."""
    defects = given_map(scenario, opened.frame) or DefectMap.empty(opened.frame)
    return _Shot(opened.name, place, None, opened.frame, None, defects)


def _damaged(made: Plan, opened: Subject, task: Task, place: Path) -> _Shot:
    """An input with damage of known truth and its first map, the same as the comparison's."""
    case = open_case(made, task, opened)
    damaged, truth, _ = damaged_whole(opened.frame, [case])
    found = case_map(made, case, made.maps[0] + (TABLE if made.table is not None else ""))
    defects = truth if found is case.truth else placed(found, case.area, damaged)
    return _Shot(opened.name, place, opened.frame, damaged, truth, defects)


def _develop_all(
    scenario: Scenario, shot: _Shot, runs: Sequence[_Run], done: _Done, *, force: bool
) -> None:
    """Write maps, corrected raw frames and pictures of one input."""
    with done.listing(shot.input):
        if shot.truth is not None:
            write_map(shot.folder / TRUTH, shot.truth, force=force)
        if shot.defects is not shot.truth:
            write_map(shot.folder / MAP, shot.defects, force=force)
        write(shot.folder / RAW, shot.damaged, force=force)
        for one in runs:
            if not one.corrector:  # nothing can be corrected where these fail
                _develop(scenario, shot, one, done, force=force)
                continue
            with done.listing(shot.input, one.corrector):
                _develop(scenario, shot, one, done, force=force)


def _develop(scenario: Scenario, shot: _Shot, one: _Run, done: _Done, *, force: bool) -> None:
    """Write what one run makes of an input; a frame without damage of ours has no clean one."""
    frame = shot.clean if one.name == CLEAN else shot.damaged
    if frame is None:
        return
    state = one.line.run(frame, defects=shot.defects, seed=scenario.seed)
    _write_state(shot.folder, one.name, state, force=force)
    place = {"input": shot.input, "folder": shot.folder.relative_to(done.folder).as_posix()}
    steps = {timing.steps: timing.duration_s for timing in state.timings}
    done.timings.append({**place, "run": one.name, "durations_s": steps})


def _files(run: str) -> tuple[str, str]:
    """Names of a run's picture and corrected raw frame."""
    return f"{run}.png", f"corrected_{run}.dng"


def _write_state(folder: Path, name: str, state: State, *, force: bool) -> None:
    picture, corrected = _files(name)
    if isinstance(state.frame, RgbFrame):
        write(folder / picture, state.frame, force=force)
    if state.corrected is not None:
        write(folder / corrected, state.corrected, force=force)


def _write_json(path: Path, data: dict[str, Any], force: bool) -> None:
    with atomic(path, force=force) as temporary:
        temporary.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n")
