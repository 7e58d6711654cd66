"""``isp run``: whole frames through the pipeline, once for each corrector, with everything kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isp.comparison.finish import run_comparison
from isp.comparison.plan import Plan, Task
from isp.comparison.prepare import prepare
from isp.comparison.run import Progress, open_case
from isp.comparison.subject import Subject, Variant
from isp.comparison.whole import damaged_whole
from isp.defects import DefectMap
from isp.environment import environment
from isp.errors import ScenarioError
from isp.files import atomic, check_outputs
from isp.frame import RawFrame, RgbFrame
from isp.io.maps import write_map
from isp.io.output import write
from isp.pipeline import CORRECT, INJECT, Pipeline, State
from isp.report.folder import comparison_paths, save_comparison
from isp.scenario.load import bound_entry, save
from isp.scenario.model import Scenario
from isp.tasks.compare import SCENARIO_FILE, lines, plan_of, summary
from isp.tasks.inputs import given_map, names, open_input, subject
from isp.tasks.outputs import distinct

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
    """One way through the pipeline, and the name that its files get."""

    name: str
    line: Pipeline


def run(
    scenario: Scenario, folder: Path, *, force: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run a scenario and write its folder; returns the summary with lines to print.

    Raises
    ------
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
    runs = _runs(scenario)
    places = _places(scenario, folder, () if made is None else made.variants)
    check_outputs(*_outputs(folder, places, runs), force=force)
    timings = []
    shots = _mapped(scenario, places) if made is None else _damaged(scenario, made, places)
    result: dict[str, Any] = {"failures": [], "lines": []}
    if made is not None:
        found = run_comparison(made, progress)
        save_comparison(found, folder, force=force)
        result = {**summary(found), "lines": lines(found)}
    for shot in shots:
        place = {"input": shot.input, "folder": shot.folder.relative_to(folder).as_posix()}
        timings += [place | one for one in _develop_all(scenario, shot, runs, force=force)]
    save(scenario, folder / SCENARIO_FILE, force=force)
    _write_json(folder / TIMINGS_FILE, {"timings": timings, **environment()}, force)
    return {**result, "lines": [*result["lines"], f"written: {folder}"]}


def _runs(scenario: Scenario) -> list[_Run]:
    """The damaged frame, the clean one, and each corrector; a stage that stands twice is numbered."""
    line = Pipeline.of(scenario.pipeline).filled(INJECT, None)
    plain = line.filled(CORRECT, None)
    correctors = [bound_entry(entry) for entry in scenario.correctors]
    files = distinct(one.info.name for one in correctors)
    corrected = (line.filled(CORRECT, corrector) for corrector in correctors)
    return [_Run(DAMAGED, plain), _Run(CLEAN, plain), *map(_Run, files, corrected)]


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


def _mapped(scenario: Scenario, places: list[list[Path]]) -> list[_Shot]:
    """Inputs that have defects of their own, with their map."""
    shots = []
    for name, (place,) in zip(names(scenario), places, strict=True):
        frame = open_input(scenario, name)
        defects = given_map(scenario, frame) or DefectMap.empty(frame)
        shots.append(_Shot(name, place, None, frame, None, defects))
    return shots


def _damaged(scenario: Scenario, made: Plan, places: list[list[Path]]) -> list[_Shot]:
    """Inputs with damage of known truth, the same as the comparison's."""
    shots = []
    for index, (source, name) in enumerate(zip(made.inputs, names(scenario), strict=True)):
        opened = prepare(replace(subject(scenario, name), name=source.name), made.detector)
        for number, place in enumerate(places[index]):
            shots.append(_shot(scenario, made, opened, Task(index, number, 0, 0), place))
    return shots


def _shot(scenario: Scenario, made: Plan, opened: Subject, task: Task, place: Path) -> _Shot:
    damaged, truth, _ = damaged_whole(opened.frame, [open_case(made, task, opened)])
    defects = truth
    if scenario.compare.maps[0] == "detected" and made.detector is not None:
        defects = made.detector(damaged)
    if made.table is not None:
        defects = made.table.of(defects)
    return _Shot(opened.name, place, opened.frame, damaged, truth, defects)


def _develop_all(
    scenario: Scenario, shot: _Shot, runs: Sequence[_Run], *, force: bool
) -> list[dict[str, Any]]:
    """Write maps, corrected raw frames and pictures of one input."""
    if shot.truth is not None:
        write_map(shot.folder / TRUTH, shot.truth, force=force)
    if shot.defects is not shot.truth:
        write_map(shot.folder / MAP, shot.defects, force=force)
    write(shot.folder / RAW, shot.damaged, force=force)
    timings = []
    for one in runs:
        frame = shot.clean if one.name == CLEAN else shot.damaged
        if frame is None:
            continue
        state = one.line.run(frame, defects=shot.defects, seed=scenario.seed)
        _write_state(shot.folder, one.name, state, force=force)
        steps = {timing.steps: timing.duration_s for timing in state.timings}
        timings.append({"run": one.name, "durations_s": steps})
    return timings


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
