"""Errors cluster by cluster and channel by channel, and how often the predicted spread holds.

A comparison's records are means over crops; what share of the clusters is worse than a rival's, which
kind of cluster is, and whether the spread is honest is seen only cluster by cluster.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned.errors import Squares, Truth
from isp.bound import Stage, stage
from isp.cfa import CHANNEL_NAMES, CHANNEL_OF_SITE
from isp.comparison.case import Case
from isp.comparison.plan import Plan, Task
from isp.comparison.prepare import prepare
from isp.comparison.run import open_case
from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.levels import Levels
from isp.repair import apply_repair
from isp.threads import thread_budget

ALL = "all"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClusterError:
    """One cluster, or its pixels of one channel, under every stage.

    Parameters
    ----------
    images, input, crop : str
        Set of images, image, crop of it.
    variant, kind, size, channel : str
        What it is; ``all`` channels together too.
    task : Task
        To open its case again.
    entry : int
        First of its entries in the case's truth.
    pixels : int
        How many.
    mse : dict
        Stage to the mean square error of the encoded levels.
    """

    images: str
    input: str
    crop: str
    variant: str
    kind: str
    size: str
    channel: str
    task: Task
    entry: int
    pixels: int
    mse: dict[str, float]

    def psnr_db(self, name: str) -> float:
        """Of one stage."""
        return float(-10 * np.log10(self.mse[name]))


@dataclass
class Coverage:
    """How many errors were within one and two predicted standard deviations."""

    pixels: int = 0
    within1: int = 0
    within2: int = 0

    def count(self, error_dn: Floats, spread_dn: Floats) -> None:
        """Add pixels."""
        ratio = np.abs(error_dn) / np.maximum(spread_dn, 1e-9)
        self.pixels += len(ratio)
        self.within1 += int((ratio <= 1).sum())
        self.within2 += int((ratio <= 2).sum())


@dataclass
class Looks:
    """What was seen: errors of every cluster, coverage by stage."""

    errors: list[ClusterError] = field(default_factory=list)
    coverage: dict[str, Coverage] = field(default_factory=dict)

    def add(self, other: Looks) -> None:
        """Take over another's."""
        self.errors += other.errors
        for name, one in other.coverage.items():
            mine = self.coverage.setdefault(name, Coverage())
            mine.pixels += one.pixels
            mine.within1 += one.within1
            mine.within2 += one.within2


@dataclass(frozen=True, eq=False)
class View:
    """What correctors get of a case, and the way back to its own levels.

    Parameters
    ----------
    frame : RawFrame
        The damaged frame, or a part of it, or a darker one.
    defects : DefectMap
        Its map.
    entries : int array
        The truth's entry of each of the map's.
    gain : float
        What signals are multiplied by on the way back.
    """

    frame: RawFrame
    defects: DefectMap
    entries: NDArray[np.intp]
    gain: float = 1.0


def whole(case: Case) -> View:
    """The case as it is."""
    return View(case.damaged, case.truth, np.arange(len(case.truth)))


def darker(case: Case) -> View:
    """The same scene with half the light, on the same code grid."""
    frame = case.damaged
    black = Levels.spread(frame.levels.black, frame.shape)
    codes = np.rint(black + 0.5 * (frame.mosaic - black)).astype(frame.mosaic.dtype)
    return View(
        frame.with_mosaic(codes, "half the light"), case.truth, np.arange(len(case.truth)), 2
    )


def at_border(case: Case) -> View:
    """The case cut so that its first cluster lies at the frame's upper left corner."""
    box = case.clusters[0].box
    top, left = box.top // 2 * 2, box.left // 2 * 2
    height, width = case.clean.shape
    area = Area(top, left, height - top, width - left)
    truth = case.truth
    return View(case.damaged.crop(area), truth.crop(area), np.flatnonzero(truth.inside(area)))


def look(
    plan: Plan,
    images: str,
    names: Sequence[str],
    view: Callable[[Case], View] = whole,
    first_only: bool = False,
) -> Looks:
    """Repair every case of a plan with correctors and look at each cluster.

    Parameters
    ----------
    plan : Plan
        Inputs, variants and crops; its contestants are not asked.
    images : str
        Name of the set of images.
    names : sequence of str
        Correctors.
    view : callable
        What they get of a case.
    first_only : bool
        Whether only each case's first cluster counts.
    """
    stages = {name: stage(name) for name in names}
    work = partial(_of_input, plan, images, stages, view, first_only)
    found = Looks()
    with ThreadPoolExecutor(thread_budget()) as pool:
        for one in pool.map(work, range(len(plan.inputs))):
            found.add(one)
    return found


def _of_input(
    plan: Plan,
    images: str,
    stages: dict[str, Stage],
    view: Callable[[Case], View],
    first_only: bool,
    number: int,
) -> Looks:
    found = Looks()
    try:
        subject = prepare(plan.inputs[number].open(), plan.detector)
        for task in (one for one in plan.tasks if one.input == number):
            case = open_case(plan, task, subject)
            if case.clusters:
                found.add(_of_case(case, task, images, stages, view(case), first_only))
    except Exception as error:  # one bad file stops nothing else
        print(f"  left out: {plan.inputs[number].name}: {error}", file=sys.stderr)
    return found


def _of_case(
    case: Case,
    task: Task,
    images: str,
    stages: dict[str, Stage],
    view: View,
    first_only: bool,
) -> Looks:
    found = Looks()
    squares: dict[str, Squares] = {}
    truth = Truth(case.reference, case.damaged.levels.step_dn)
    rows, cols = case.truth.rows[view.entries], case.truth.cols[view.entries]
    counts = _counts(case)[view.entries]
    for name, one in stages.items():
        repair = one.repair(view.frame, view.defects)
        mosaic = apply_repair(view.frame, view.defects, repair, name).mosaic
        held = _back(case, view, mosaic[view.defects.rows, view.defects.cols])
        squares[name] = truth.squares(rows, cols, held)
        if repair.spread is not None:
            told = counts & repair.repaired
            error = _back(case, view, repair.values) - case.reference.mosaic[rows, cols]
            spread = view.gain * repair.spread.astype(np.float64)
            found.coverage.setdefault(name, Coverage()).count(error[told], spread[told])
    found.errors = list(_errors(case, view.entries, counts, task, images, squares, first_only))
    return found


def _counts(case: Case) -> NDArray[np.bool_]:
    return ~case.ignore[case.truth.rows, case.truth.cols]


def _back(case: Case, view: View, values: NDArray[Any]) -> Floats:
    """Values in the case's own DN."""
    rows, cols = case.truth.rows[view.entries], case.truth.cols[view.entries]
    black = Levels.pick(case.reference.levels.black, rows, cols)
    return np.asarray(black + view.gain * (values - black), np.float64)


def _errors(
    case: Case,
    seen: NDArray[np.intp],
    counts: NDArray[np.bool_],
    task: Task,
    images: str,
    squares: dict[str, Squares],
    first_only: bool,
) -> list[ClusterError]:
    sites = case.clean.cfa.sites_at(case.truth.rows, case.truth.cols)
    channel = np.asarray(CHANNEL_OF_SITE)[sites]
    found = []
    for cluster in case.clusters[:1] if first_only else case.clusters:
        for code in (None, *np.unique(channel[cluster.entries])):
            entries = cluster.entries
            chosen = entries if code is None else entries[channel[entries] == code]
            chosen = np.intersect1d(chosen, seen[counts])
            if not len(chosen):
                continue
            at = np.searchsorted(seen, chosen)
            name = case.name
            found.append(
                ClusterError(
                    images, name.input, name.crop, f"{name.protocol} {name.variant}",
                    cluster.kind, cluster.size, ALL if code is None else CHANNEL_NAMES[code],
                    task, int(entries[0]), len(chosen),
                    {stage_: s.select(at).mean() for stage_, s in squares.items()},
                )
            )  # fmt: skip
    return found


def share_worse(errors: Sequence[ClusterError], name: str, rival: str, by_db: float) -> float:
    """Share of whole clusters on which a stage is behind a rival by more than so many dB."""
    lost = [e.psnr_db(rival) - e.psnr_db(name) > by_db for e in errors if e.channel == ALL]
    return float(np.mean(lost)) if lost else float("nan")
