"""What the trainers of the autoencoders run: training, then the calibration of the detector."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stages.learned.autoencoders.calibration import Calibration
from stages.learned.autoencoders.patches import LEAST_PX
from stages.learned.autoencoders.task import ReconstructionTask
from stages.learned.autoencoders.weights import load_network
from stages.learned.running.tensors import load_tensors, save_tensors
from stages.learned.training.begin import held_out, trained
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Training
from stages.learned.training.pictures import image_files, load_pictures


def train(name: str, images: Path, out: Path, training: Training) -> Progress:
    """Train an autoencoder; parameters and errors as `stages.learned.training.begin.trained`.

    Parameters
    ----------
    name : str
        Key of `stages.learned.autoencoders.reconstructor.NETWORKS`.
    """
    make = partial(ReconstructionTask.of, name, seed=training.seed)
    progress = trained(make, images, out, training)
    calibrate(name, images, out)
    return progress


def calibrate(name: str, images: Path, out: Path) -> None:
    """Write thresholds from the held-out images into a weights file.

    Parameters
    ----------
    name : str
        See `train`.
    images : path
        The folder that was trained on.
    out : path
        The weights.
    """
    pictures = load_pictures(held_out(image_files(images)), LEAST_PX)
    found = Calibration.of(pictures).thresholds(load_network(out, name)[0])
    tensors, about = load_tensors(out)
    save_tensors(out, tensors, {**about, **found})
