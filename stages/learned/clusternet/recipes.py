"""What each network of the family is trained with, and the training that the trainer stages start."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from isp.errors import FileError, StageError
from isp.files import refuse_existing
from isp.threads import thread_budget
from stages.learned.clusternet.network import Shape
from stages.learned.clusternet.pictures import image_files, load_pictures
from stages.learned.clusternet.plot import plot_history
from stages.learned.clusternet.training import Plan, Progress, Trainer
from stages.learned.clusternet.validation import Validation

log = logging.getLogger(__name__)

HOLD_OUT = 12
"""One image of so many is held out."""

RECIPES = {
    "cluster": Plan(Shape(), batches=5, learning_rate=5e-3),
    "cluster_nano": Plan(
        Shape(width0=32, width1=16, width2=16, encoder1=1, bottom=1, decoder1=1, decoder0=1),
        batches=5,
        learning_rate=7e-3,
    ),
}


def train(
    name: str,
    images: Path,
    out: Path,
    *,
    minutes: float | None,
    samples: int | None,
    seed: int,
    resume: bool,
    force: bool,
) -> Progress:
    """Train a network of the family on a folder of photographs or raw frames.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    images : path
        Folder; one image of `HOLD_OUT` is held out, by which the best weights are chosen.
    out : path
        Weights file. Beside it: the state to resume from, a log (CSV) and a plot of the validation.
    minutes, samples : float, int, optional
        Budget: wall-clock minutes or windows; just one of them.
    seed : int
        Of weights and windows.
    resume : bool
        Go on from the state beside ``out``.
    force : bool
        Replace ``out``.

    Raises
    ------
    FileError
        If there are too few images, ``out`` exists, or there is nothing to resume.
    StageError
        If the budget is not one of minutes and samples.
    """
    if (minutes is None) == (samples is None):
        raise StageError("A training needs a budget: minutes or samples, and not both.")
    if not resume:
        refuse_existing(out, force=force)
    files = image_files(images)
    if len(files) < 2:
        raise FileError(f"'{images}' holds one image; training needs another one to validate by.")
    held_out = files[HOLD_OUT // 4 :: HOLD_OUT] or files[-1:]
    validation = Validation.of(load_pictures(held_out))
    pictures = load_pictures([path for path in files if path not in set(held_out)])
    seconds = None if minutes is None else 60.0 * minutes
    plan = replace(
        RECIPES[name], seconds=seconds, samples=samples, seed=seed, threads=thread_budget()
    )
    trainer = Trainer(plan, pictures, validation, out, {"name": name, "images": len(files)})
    if resume:
        trainer.resume()
    log.info("training %s: %d images, %d held out", name, len(files) - len(held_out), len(held_out))
    progress = trainer.run()
    plot_history(progress.history, out.with_name(f"{out.stem}.png"))
    return progress
