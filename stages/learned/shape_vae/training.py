"""The training that the trainer stage starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.errors import FileError
from stages.learned.running.threads import side_by_side
from stages.learned.shape_vae.masks import KINDS, drawn, read_masks
from stages.learned.shape_vae.task import Plan, ShapesTask
from stages.learned.training.loop import Progress, run
from stages.learned.training.parameters import Training


class ShapeTraining(Training):
    """What every training has, and what the networks are.

    Parameters
    ----------
    latent, families, shapes : int
        Latent dimension; networks; masks of each. The paper: 2, 1, 3. Its 20 epochs are 10 000 samples a
        mask.
    """

    latent: int = Field(default=2, ge=1, le=64, description="latent dimension")
    families: int = Field(default=3, ge=1, le=64, description="networks")
    shapes: int = Field(default=3, ge=1, le=100, description="masks of each network")


def train(images: Path, out: Path, training: ShapeTraining) -> Progress:
    """Train families of shapes.

    Parameters
    ----------
    images : path
        Folder of masks, which are shared out to families in the order of their names; where it holds
        none, the simulator draws ``families`` × ``shapes`` masks of `masks.KINDS` in turn.
    out : path
        Weights; see `training.loop.run` for what appears beside it.
    training : ShapeTraining
        Budget, seed, sizes.

    Raises
    ------
    FileError
        If the folder holds too few masks, ``out`` exists, or there is nothing to resume.
    StageError
        If the budget is not one of minutes and samples.
    """
    budget, seed = training.budget(out), training.seed
    masks, source = _masks(images, training.families, training.shapes, seed)
    about = {"name": "vae", "seed": seed, "masks": source}
    task = ShapesTask(Plan(training.latent, seed), masks, about)
    with side_by_side(1):
        return run(task, out, budget, resume=training.resume)


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
