"""Trains the network of `cae`, `cae_blind` and `cae_detector` on undamaged pictures."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.autoencoders.recipes import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Training


@stage(
    kind="trainer",
    reference="L2 loss, weight decay; AdamW under a cosine schedule, weight average; this project",
    cfas=BAYER,
)
def train_cae(images: Path, out: Path, *, training: Training) -> Progress:
    """Train the pooling autoencoder on undamaged patches, then calibrate its detector.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames without defects; one of twelve is held
        out: it chooses the best weights and calibrates the detector's threshold.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    training : Training
        Budget, seed and what may be replaced: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the history of held-out figures.
    """
    return train("cae", images, out, training)
