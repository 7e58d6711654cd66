"""Trains the variational autoencoders of the shape `vae` on masks of defects."""

from pathlib import Path

from isp.registry import stage
from stages.learned.shape_vae.training import ShapeTraining, train
from stages.learned.training.loop import Progress


@stage(
    kind="trainer",
    reference="G. Malyshev et al., Using a variational autoencoder in the task of overlaying multiple"
    " images, GraphiCon 2021",
)
def train_vae(images: Path, out: Path, *, training: ShapeTraining) -> Progress:
    """Train small networks on a few defect shapes each, so that latent vectors can be added.

    Parameters
    ----------
    images : path
        Folder of masks (PNG, TIFF, BMP; bright is defective). Of an empty folder the simulator draws
        the masks itself: scratch, crack, pore, impact and smear in turn.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    training : ShapeTraining
        Budget, seed and sizes: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the history.
    """
    return train(images, out, training)
