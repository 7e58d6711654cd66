"""The comparison from plan to result: cases, then costs and whole frames, then the summary."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from isp.comparison.case import Case
from isp.comparison.comparison import Comparison
from isp.comparison.plan import Plan, Task
from isp.comparison.prepare import prepare
from isp.comparison.run import Progress, Results, open_case, run_plan
from isp.comparison.subject import Subject
from isp.comparison.summary import summarise
from isp.comparison.timing import Cost, crop_costs, frame_costs
from isp.comparison.whole import WholeFrame, damaged_whole, whole_frame
from isp.environment import environment
from isp.errors import IspError

TIMED_CROPS = 3


@dataclass(eq=False)
class _Shown:
    """What comes of one input as a whole."""

    costs: list[Cost] = field(default_factory=list)
    frames: list[WholeFrame] = field(default_factory=list)
    provenance: dict[str, tuple[str, ...]] = field(default_factory=dict)


def run_comparison(plan: Plan, progress: Progress | None = None) -> Comparison:
    """Run a plan to its end.

    Raises
    ------
    IspError
        If no input could be used at all.
    """
    results = run_plan(plan, progress)
    if not results.records:
        reasons = [one.reason for one in results.failures] or ["no crop has a defect that counts."]
        raise IspError(f"No input could be compared; the first: {reasons[0]}")
    shown = _first_input(plan, results)
    return Comparison(
        plan=plan,
        records=results.records,
        blocks=summarise(
            results.records,
            [one.label for one in plan.contestants],
            [one.label for one in plan.contestants if not one.learned],
            seed=plan.seed,
        ),
        costs=shown.costs,
        exhibits=results.exhibits,
        frames=shown.frames,
        failures=sorted(results.failures),
        provenance=shown.provenance,
        notes={stage: sorted(notes) for stage, notes in sorted(results.notes.items()) if notes},
        environment=environment(),
    )


def _first_input(plan: Plan, results: Results) -> _Shown:
    """Costs and pictures of the first input that can be used; it is opened anew."""
    used = results.records[0].input
    index = next(i for i, source in enumerate(plan.inputs) if source.name == used)
    opened = replace(plan.inputs[index].open(), name=used, existing=results.existing[used])
    subject = prepare(opened, plan.detector)
    cases = _cases(plan, index, subject)
    broken = {one.stage for one in results.failures if one.input == used}
    able = [one for one in plan.contestants if one.label not in broken]
    development = plan.scorer.developments[0]
    damaged, truth, _ = damaged_whole(subject.frame, cases)
    return _Shown(
        costs=[
            *crop_costs(cases[:TIMED_CROPS], able, development),
            *frame_costs(used, damaged, truth, able, development),
        ],
        frames=[whole_frame(used, subject.frame, cases, able, development)],
        provenance={used: subject.frame.meta.provenance},
    )


def _cases(plan: Plan, index: int, subject: Subject) -> list[Case]:
    """The cases of an input's crops, first variant, first draw."""
    crops = range(max(plan.crops, 1))
    return [open_case(plan, Task(index, 0, crop, 0), subject) for crop in crops]
