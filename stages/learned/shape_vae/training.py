"""The training that the trainer stage starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError, StageError
from isp.files import refuse_existing
from stages.learned.shape_vae.masks import KINDS, drawn, read_masks
from stages.learned.shape_vae.task import Plan, ShapesTask
from stages.learned.training.loop import Budget, Progress, run, state_path
from stages.learned.training.threads import side_by_side


def train(
    images: Path,
    out: Path,
    *,
    latent: int,
    families: int,
    shapes: int,
    minutes: float | None,
    samples: int | None,
    seed: int,
    resume: bool,
    force: bool,
) -> Progress:
    """Train families of shapes.

    Parameters
    ----------
    images : path
        Folder of masks, which are shared out to families in the order of their names; where it holds
        none, the simulator draws ``families`` × ``shapes`` masks of `masks.KINDS` in turn.
    out : path
        Weights; see `training.loop.run` for what appears beside it.
    latent, families, shapes : int
        Latent dimension, networks, masks of each.
    minutes, samples : float, int, optional
        Budget: wall-clock minutes or masks; just one of them.
    seed : int
        Of masks, weights and latent vectors.
    resume, force : bool
        Go on from the state beside ``out``; replace ``out``.

    Raises
    ------
    FileError
        If the folder holds too few masks, ``out`` exists, or there is nothing to resume.
    StageError
        If the budget is not one of minutes and samples.
    """
    if (minutes is None) == (samples is None):
        raise StageError("A training needs a budget: minutes or samples, and not both.")
    if resume and not state_path(out).is_file():
        raise FileError(f"There is no '{state_path(out)}' to resume from; train without --resume.")
    if not resume:
        refuse_existing(out, force=force)
    masks, source = _masks(images, families, shapes, seed)
    task = ShapesTask(Plan(latent, seed), masks, {"name": "vae", "seed": seed, "masks": source})
    budget = Budget(None if minutes is None else 60.0 * minutes, samples)
    with side_by_side(1):
        return run(task, out, budget, resume=resume)


def _masks(images: Path, families: int, shapes: int, seed: int) -> tuple[NDArray[np.float32], str]:
    """Masks (families, shapes, SIDE, SIDE) and where they come from."""
    read = read_masks(images)
    if not len(read):
        kinds = [KINDS[k % len(KINDS)] for k in range(families * shapes)]
        read, source = drawn(kinds, np.random.default_rng(seed)), ", ".join(kinds)
    elif len(read) < shapes:
        raise FileError(f"'{images}' holds {len(read)} masks; a family needs {shapes}.")
    else:
        read, source = read[: len(read) // shapes * shapes][: families * shapes], "a folder"
    return read.reshape(-1, shapes, *read.shape[1:]), source
