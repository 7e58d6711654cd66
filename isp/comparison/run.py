"""Running a plan: cases on all cores, every failure listed, none stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, field

from isp.comparison.case import Case, make_case
from isp.comparison.contestants import CLEAN, DAMAGED, Contestant, Outcome, correct
from isp.comparison.crops import crop_areas
from isp.comparison.detection import detection_records
from isp.comparison.exhibits import Exhibit, exhibit, most_telling
from isp.comparison.maps import make_map
from isp.comparison.plan import Plan, Task
from isp.comparison.prepare import SharedInput, remarks
from isp.comparison.records import NO_MAP, Record
from isp.comparison.subject import Subject
from isp.comparison.table import TABLE, table_records
from isp.defects import DefectMap
from isp.errors import FrameError, sentence
from isp.seeds import child_rng
from isp.threads import queue, thread_budget

log = logging.getLogger(__name__)

MIN_SIDE_PX = 32
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, order=True)
class Failure:
    """Something that could not be done.

    Parameters
    ----------
    input : str
        Name of the input.
    stage : str
        The stage that failed on it; empty where the input itself could not be used.
    reason : str
        One sentence.
    """

    input: str
    stage: str
    reason: str


@dataclass(eq=False)
class Results:
    """What the cases gave, and the defects found in each input before it was damaged."""

    records: list[Record] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: dict[str, set[str]] = field(default_factory=dict)
    existing: dict[str, DefectMap | None] = field(default_factory=dict)

    def add(self, other: Results) -> None:
        """Take over what one case gave."""
        self.records += other.records
        self.exhibits = most_telling([*self.exhibits, *other.exhibits])
        self.failures += [one for one in other.failures if one not in self.failures]
        for stage, notes in other.notes.items():
            self.notes.setdefault(stage, set()).update(notes)
        self.existing |= other.existing


def run_plan(plan: Plan, progress: Progress | None = None) -> Results:
    """Run every case of a plan.

    Parameters
    ----------
    plan : Plan
        What to do.
    progress : callable, optional
        Called with (cases done, cases in all, name of the input) after each case.

    Returns
    -------
    Results
        In the plan's order, whatever the number of workers.
    """
    tasks = plan.tasks
    per_input = len(tasks) // len(plan.inputs)
    shared = [SharedInput(source, plan.detector, per_input) for source in plan.inputs]
    found: dict[Task, Results] = {}
    with queue(min(thread_budget(), len(tasks))) as pool:
        jobs = {pool.submit(_run_task, plan, task, shared[task.input]): task for task in tasks}
        for job in as_completed(jobs):
            task = jobs[job]
            found[task] = job.result()
            if progress is not None:
                progress(len(found), len(tasks), plan.inputs[task.input].name)
    results = Results()
    for task in tasks:
        results.add(found[task])
    return results


def _run_task(plan: Plan, task: Task, source: SharedInput) -> Results:
    name = source.source.name
    try:
        subject = source.get()
        case = open_case(plan, task, subject)
        if not case.clusters:
            log.info("%s, crop %s: no defect that counts", name, case.name.crop)
        results = _run_case(plan, task, case)
        results.existing[name] = subject.existing
        for stage, notes in remarks(subject, plan.detector, plan.scorer.developments).items():
            results.notes.setdefault(stage, set()).update(notes)
        return results
    except Exception as error:
        log.debug("input %s", name, exc_info=True)
        return Results(failures=[Failure(name, "", sentence(error))])


def open_case(plan: Plan, task: Task, subject: Subject) -> Case:
    """The case of a task; its crop's place depends on seed, input and number of crops only."""
    rng = child_rng(plan.seed, subject.name, "crops")
    area = crop_areas(subject.frame, plan.crops, plan.crop_size, rng)[task.crop]
    if min(area.height, area.width) < MIN_SIDE_PX:
        raise FrameError(
            f"Crops need at least {MIN_SIDE_PX}×{MIN_SIDE_PX} pixels; '{subject.name}' has an active"
            f" area of {area.height}×{area.width}."
        )
    variant = plan.variants[task.variant]
    return make_case(subject, area, variant, plan.seed, task.crop, task.repeat)


def _run_case(plan: Plan, task: Task, case: Case) -> Results:
    results = Results()
    plain = {DAMAGED: Outcome(case.damaged), CLEAN: Outcome(case.clean)}
    free = [one for one in plan.contestants if not one.takes_map]
    plain |= dict(_outcomes(free, case, case.truth, results))
    _score(plan, case, NO_MAP, plain, results)
    given = {name: case_map(plan, case, name) for name in plan.used_maps}
    for index, (name, defects) in enumerate(given.items()):
        if name == "detected" and plan.detector is not None:
            results.records += detection_records(case, defects, plan.detector.info.name)
        bound = [one for one in plan.contestants if one.takes_map]
        outcomes = dict(_outcomes(bound, case, defects, results))
        _score(plan, case, name, outcomes, results)
        if index == 0 and plan.exhibits(task):
            shown = exhibit(
                case, name, _ordered(plan, plain | outcomes), plan.scorer.developments[0]
            )
            results.exhibits += [shown] if shown is not None else []
    results.records += table_records(case, given, results.records)
    return results


def _ordered(plan: Plan, outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """The damaged frame first, then the stages as they were named."""
    labels = [DAMAGED, *(one.label for one in plan.contestants)]
    return {label: outcomes[label] for label in labels if label in outcomes}


def case_map(plan: Plan, case: Case, name: str) -> DefectMap:
    """The map that correctors get: a variant of the truth, and what was bad before.

    Where nothing was, ``truth`` is the case's truth itself.
    """
    base = name.removesuffix(TABLE)
    rng = child_rng(plan.seed, *vars(case.name).values(), base)
    found = make_map(base, case.truth, case.damaged, plan.detector, rng)
    whole = found.united([case.existing]) if base != "detected" and len(case.existing) else found
    return whole if plan.table is None or base == name else plan.table.of(whole)


def _outcomes(
    stages: list[Contestant], case: Case, defects: DefectMap, results: Results
) -> Iterator[tuple[str, Outcome]]:
    """Outcome of each stage that did not fail; the failures go to the results."""
    for one in stages:
        try:
            outcome = correct(one, case.damaged, defects)
        except Exception as error:
            log.debug("stage %s on %s", one.label, case.name.input, exc_info=True)
            results.failures.append(Failure(case.name.input, one.label, sentence(error)))
            continue
        results.notes.setdefault(one.label, set()).update(outcome.notes)
        yield one.label, outcome


def _score(
    plan: Plan, case: Case, used_map: str, outcomes: dict[str, Outcome], results: Results
) -> None:
    for label, outcome in outcomes.items():
        results.records += plan.scorer.records(case, label, used_map, outcome)
