"""How every trainer stage begins: budget, files and images are looked at before anything is computed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from isp.errors import FileError
from stages.learned.training.loop import Progress, Task, run
from stages.learned.training.parameters import Training
from stages.learned.training.pictures import image_files

log = logging.getLogger(__name__)

HOLD_OUT = 12
"""One image of so many is held out."""


def trained(
    make: Callable[[Sequence[Path], Sequence[Path]], Task],
    images: Path,
    out: Path,
    training: Training,
    report_every_s: float = 120.0,
) -> Progress:
    """Train a task on a folder of images.

    Parameters
    ----------
    make : callable
        Task from the files to train on and the held-out ones.
    images : path
        Folder of photographs or raw frames; see `held_out`.
    out : path
        Weights file; see `loop.run` for what appears beside it.
    training : Training
        Budget, and what may be replaced.
    report_every_s : float
        Seconds between two reports.

    Raises
    ------
    FileError
        If there are too few images, ``out`` exists, or there is nothing to resume.
    StageError
        If the budget is not one of minutes and samples.
    """
    budget = training.budget(out)
    files = image_files(images)
    if len(files) < 2:
        raise FileError(f"'{images}' holds one image; training needs another one to validate by.")
    aside = held_out(files)
    rest = [path for path in files if path not in set(aside)]
    log.info("training '%s': %d images, %d held out", out, len(rest), len(aside))
    task = make(rest, aside)
    return run(task, out, budget, resume=training.resume, report_every_s=report_every_s)


def held_out(files: Sequence[Path]) -> list[Path]:
    """The images that weights are chosen by and never learned from: every twelfth."""
    return list(files[HOLD_OUT // 4 :: HOLD_OUT] or files[-1:])
