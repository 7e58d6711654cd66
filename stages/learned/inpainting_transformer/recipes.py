"""The forms that can be trained, and the training that the trainer stage starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from stages.learned.inpainting_transformer.calibration import Calibration
from stages.learned.inpainting_transformer.shape import PAPER, SHIPPED, SMALL_PAPER
from stages.learned.inpainting_transformer.task import InpaintingTask, Plan
from stages.learned.inpainting_transformer.validation import Validation
from stages.learned.running.threads import side_by_side
from stages.learned.training.begin import trained
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Training
from stages.learned.training.pictures import load_pictures

Form = Literal["mosaic", "paper", "paper_large"]

REPORT_EVERY_S = 300.0
"""A report tells new thresholds, which costs as much as many steps."""

RECIPES = {
    "mosaic": Plan(SHIPPED),
    "paper": Plan(SMALL_PAPER),
    "paper_large": Plan(replace(PAPER, channels=4), windows=16, learning_rate=1e-4),
}


def train(form: Form, images: Path, out: Path, training: Training) -> Progress:
    """Train a transformer on a folder of photographs or raw frames.

    Parameters
    ----------
    form : str
        A key of `RECIPES`.
    images, out, training
        See `training.begin.trained`.
    """
    plan = replace(RECIPES[form], seed=training.seed)
    least_px = 2 * plan.shape.side + 2

    def make(files: Sequence[Path], aside: Sequence[Path]) -> InpaintingTask:
        kept = load_pictures(aside, least_px)
        validation = Validation.of(kept, plan.shape)
        calibration = Calibration.of(kept)
        about: dict[str, object] = {"name": "intra", "images": len(files) + len(aside)}
        pictures = load_pictures(files, least_px)
        return InpaintingTask(plan, pictures, validation, calibration, about)

    with side_by_side(1):
        return trained(make, images, out, training, report_every_s=REPORT_EVERY_S)
