"""Trains the detector of `cluster_blind` on any folder of photographs or raw frames."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from isp.registry import BAYER, stage
from stages.learned.finder.recipes import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Force, Minutes, Resume


@stage(
    kind="trainer",
    reference="Muon (K. Jordan et al., 2024) under a cosine schedule, weight average; this project",
    cfas=BAYER,
)
def train_cluster_blind(
    images: Path,
    out: Path,
    *,
    minutes: Minutes = None,
    samples: Annotated[int | None, Field(gt=0, description="budget, crops")] = None,
    seed: Annotated[int, Field(ge=0, description="of weights and crops")] = 0,
    resume: Resume = False,
    force: Force = False,
) -> Progress:
    """Train the detector of `cluster_blind`: seeded, resumable after a kill, bounded by time or by crops.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames; one of twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    minutes, samples : float, int
        The budget, one of them. With ``samples`` a resumed training ends in the same weights.
    seed : int
        Of weights and crops.
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
        images, out, minutes=minutes, samples=samples, seed=seed, resume=resume, force=force
    )
