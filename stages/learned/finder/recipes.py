"""The training that the trainer stage of the finder starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from isp.threads import thread_budget
from stages.learned.finder.sampling import CROP
from stages.learned.finder.task import FinderTask, Plan
from stages.learned.finder.weights import load_weights
from stages.learned.running.threads import side_by_side
from stages.learned.training.begin import trained
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import TrainingFrom
from stages.learned.training.pictures import load_pictures

LEAST_PX = CROP + 4


def train(images: Path, out: Path, training: TrainingFrom) -> Progress:
    """Train the finder on a folder of photographs or raw frames.

    Parameters
    ----------
    images, out : path
        See `training.begin.trained`.
    training : TrainingFrom
        Budget, seed, beginning.

    Raises
    ------
    WeightsError
        If the weights to begin with cannot be read or are no finder's.
    """
    plan = Plan(seed=training.seed, learning_rate=training.rate(Plan.learning_rate))
    first = load_weights(Path(training.start)) if training.start else None

    def make(files: Sequence[Path], aside: Sequence[Path]) -> FinderTask:
        about: dict[str, object] = {"name": "cluster_blind", "images": len(files) + len(aside)}
        pictures, held_out = (load_pictures(part, LEAST_PX) for part in (files, aside))
        return FinderTask(plan, pictures, held_out, pool, about, first)

    with side_by_side(thread_budget()) as pool:
        return trained(make, images, out, training)
