"""Trains the network of the corrector `cluster_large` on any folder of photographs or raw frames."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.clusternet.choices import LearningRate, Seed, Start, Windows
from stages.learned.clusternet.recipes import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Force, Minutes, Resume


@stage(
    kind="trainer",
    reference="Muon (K. Jordan et al., 2024) under a cosine schedule, weight average; this project",
    cfas=BAYER,
)
def train_cluster_large(
    images: Path,
    out: Path,
    *,
    minutes: Minutes = None,
    samples: Windows = None,
    start: Start = "",
    learning_rate: LearningRate = None,
    seed: Seed = 0,
    resume: Resume = False,
    force: Force = False,
) -> Progress:
    """Train the network of `cluster_large`: seeded, resumable, bounded by time or by windows.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames; one of twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    minutes, samples : float, int
        The budget, one of them. With ``samples`` a resumed training ends in the same weights.
    start : str
        Weights file to begin with, of the same shape; none where empty.
    learning_rate : float
        At its height. Weights that have learned before want less than the recipe's.
    seed : int
        Of weights and windows.
    resume : bool
        Go on where a killed training last saved.
    force : bool
        Replace ``out``.

    Returns
    -------
    Progress
        With the validation history.
    """
    return train(
        "cluster_large",
        images,
        out,
        minutes=minutes,
        samples=samples,
        start=start,
        learning_rate=learning_rate,
        seed=seed,
        resume=resume,
        force=force,
    )
