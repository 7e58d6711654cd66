"""What the trainer stages train with: the thesis's parameters, or a recipe for minutes on a processor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isp.errors import StageError
from stages.learned.defectgan.choices import PictureTraining, Recipe
from stages.learned.defectgan.plan import THESIS, Plan, Way
from stages.learned.defectgan.task import DefectTask, task_from, workers
from stages.learned.defectgan.weights import load_generator
from stages.learned.training.begin import trained
from stages.learned.training.loop import Progress

QUICK: dict[str, Any] = {
    "initial": "copy",
    "normalisation": "none",
    "dropout": 0.0,
    "betas": (0.9, 0.99),
    "generator_rate": 5e-4,
    "schedule": "cosine",
    "average": 0.97,
    "batch": 8,
    "shards": 2,
    "crop": 64,
    "pixel": 100.0,
    "local": 100.0,
    "defects": 16,
}
"""What differs from the thesis where minutes have to do for its hours: the network begins as a copy of
what it is shown, unnormalised, and more defects in smaller pictures teach more per second. A weight of
100 on the whole picture keeps it a copy: with 10, as two of the ways have it, the copy was lost at first
(20 dB after 100 steps, where 31 dB came in)."""


def plan_for(way: Way, recipe: Recipe, changes: dict[str, Any]) -> Plan:
    """A way's plan under a recipe, with changes; those that are ``None`` are left out."""
    changes = {key: value for key, value in changes.items() if value is not None}
    base = dict(QUICK) if recipe == "quick" else {}
    if changes.get("normalisation", "none") != "none" or changes.get("dropout"):
        base.update(shards=1, initial="kaiming")
    if changes.get("output") == "tanh":
        base.update(initial="kaiming")
    return replace(THESIS[way], **{**base, **changes})


def train(way: Way, images: Path, out: Path, training: PictureTraining) -> Progress:
    """Train a generator on a folder of photographs or raw frames.

    Parameters
    ----------
    way : str
        A key of `plan.THESIS`.
    images, out : path
        See `training.begin.trained`.
    training : PictureTraining
        Budget, recipe and what differs from it.

    Raises
    ------
    StageError
        If the plan is at odds with itself or with the weights to begin with.
    """
    plan = plan_for(way, training.recipe, training.changes())

    def make(files: Sequence[Path], aside: Sequence[Path]) -> DefectTask:
        task = task_from(plan, files, aside, pool)
        if training.start:
            _retrain(task, Path(training.start))
        return task

    with workers(plan) as pool:
        return trained(make, images, out, training)


def _retrain(task: DefectTask, start: Path) -> None:
    generator, _ = load_generator(start)
    plan = task.plan
    if (generator.channels, generator.output) != (plan.channels, plan.output):
        raise StageError(
            f"'{start}' has {generator.channels} channels and the output '{generator.output}'; the"
            f" training asks for {plan.channels} and '{plan.output}'."
        )
    task.continue_from(generator)
