"""Trains the network of the corrector `cluster_nano` on any folder of photographs or raw frames."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.clusternet.recipes import TaughtTraining, train
from stages.learned.training.loop import Progress


@stage(
    kind="trainer",
    reference="Muon (K. Jordan et al., 2024) under a cosine schedule, weight average; this project",
    cfas=BAYER,
)
def train_cluster_nano(images: Path, out: Path, *, training: TaughtTraining) -> Progress:
    """Train the network of `cluster_nano`: seeded, resumable after a kill, bounded by time or by windows.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames; one of twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    training : TaughtTraining
        Budget, seed, what to begin with, teachers: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the validation history.
    """
    return train("cluster_nano", images, out, training)
