"""Trains the network of `memae`, `memae_blind` and `memae_detector` on undamaged pictures."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from isp.registry import BAYER, stage
from stages.learned.autoencoders.recipes import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Force, Minutes, Resume


@stage(
    kind="trainer",
    reference="L2 and entropy loss (D. Gong et al., ICCV 2019); AdamW under a cosine "
    "schedule, weight average; this project",
    cfas=BAYER,
)
def train_memae(
    images: Path,
    out: Path,
    *,
    minutes: Minutes = None,
    samples: Annotated[int | None, Field(gt=0, description="budget, patches")] = None,
    seed: Annotated[int, Field(ge=0, description="of weights and patches")] = 0,
    resume: Resume = False,
    force: Force = False,
) -> Progress:
    """Train the autoencoder with a memory on undamaged patches, then calibrate its detector.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames without defects; one of twelve is held
        out: it chooses the best weights and calibrates the detector's threshold.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    minutes, samples : float, int
        The budget, one of them. With ``samples`` a resumed training ends in the same weights.
    seed : int
        Of weights and patches.
    resume : bool
        Go on where a killed training last saved.
    force : bool
        Replace ``out``.

    Returns
    -------
    Progress
        With the history of held-out figures.
    """
    return train(
        "memae",
        images,
        out,
        minutes=minutes,
        samples=samples,
        seed=seed,
        resume=resume,
        force=force,
    )
