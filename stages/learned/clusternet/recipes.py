"""What each network of the family is trained with, and the training that the trainer stages start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from isp.errors import StageError
from isp.threads import thread_budget
from stages.kernels.cluster_window import WINDOW
from stages.learned.clusternet.learning import Plan
from stages.learned.clusternet.lessons import Lessons
from stages.learned.clusternet.network import ClusterNet, Shape
from stages.learned.clusternet.task import ClusterTask
from stages.learned.clusternet.teacher import Teacher
from stages.learned.clusternet.validation import Validation
from stages.learned.clusternet.weights import load_weights
from stages.learned.running.threads import side_by_side
from stages.learned.training.begin import trained
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import TrainingFrom
from stages.learned.training.pictures import load_pictures

LEAST_PX = WINDOW + 2

RECIPES = {
    "cluster": Plan(Shape(48, 32, around=2, inner=1, core=2, views=4)),
    "cluster_large": Plan(Shape(80, 48, around=2, inner=1, core=2, views=8)),
    "cluster_nano": Plan(Shape(32, 16, around=2, inner=1, core=2, views=4)),
}


class TaughtTraining(TrainingFrom):
    """A training that may learn from the answers of networks too.

    Parameters
    ----------
    teachers : str
        Weights files of the family, with ``:`` between them (``;`` on Windows); see `teacher`.
    lessons : int
        With teachers, windows after which the first comes again; see `lessons.Lessons`.
    """

    teachers: str = Field(default="", description="weights that teach, a list as PATH is")
    lessons: int = Field(
        default=320_000, gt=0, le=4_000_000, description="windows kept, with teachers (12 kB each)"
    )


def train(name: str, images: Path, out: Path, training: TaughtTraining) -> Progress:
    """Train a network of the family on a folder of photographs or raw frames.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    images, out : path
        See `training.begin.trained`.
    training : TaughtTraining
        Budget, seed, beginning, teachers.

    Raises
    ------
    StageError
        If the weights to begin with are of another shape.
    WeightsError
        If weights are missing, damaged or of another network.
    """
    plan = RECIPES[name]
    rate = training.rate(plan.learning_rate)
    plan = replace(plan, seed=training.seed, learning_rate=rate)
    first = _beginning(training.start, plan.shape) if training.start else None
    teacher, kept = Teacher.of(training.teachers), max(1, training.lessons // plan.small_batch)

    def make(files: Sequence[Path], aside: Sequence[Path]) -> ClusterTask:
        validation = Validation.of(load_pictures(aside, LEAST_PX))
        about: dict[str, object] = {"name": name, "images": len(files) + len(aside)}
        pictures = load_pictures(files, LEAST_PX)
        lessons = Lessons(pictures, plan.seed, plan.small_batch, plan.shares, teacher, kept)
        return ClusterTask(plan, lessons, validation, pool, about, first)

    with side_by_side(thread_budget()) as pool:
        return trained(make, images, out, training)


def _beginning(start: str, shape: Shape) -> ClusterNet:
    network, _ = load_weights(Path(start))
    if network.shape != shape:
        raise StageError(
            f"'{start}' cannot be what the training begins with: its network is {network.shape}, the"
            f" recipe's {shape}."
        )
    return network
