"""Trains the variational autoencoders of the shape `vae` on masks of defects."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from isp.registry import stage
from stages.learned.shape_vae.training import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Force, Minutes, Resume


@stage(
    kind="trainer",
    reference="G. Malyshev et al., Using a variational autoencoder in the task of overlaying multiple"
    " images, GraphiCon 2021",
)
def train_vae(
    images: Path,
    out: Path,
    *,
    latent: Annotated[int, Field(ge=1, le=64, description="latent dimension")] = 2,
    families: Annotated[int, Field(ge=1, le=64, description="networks")] = 3,
    shapes: Annotated[int, Field(ge=1, le=100, description="masks of each network")] = 3,
    minutes: Minutes = None,
    samples: Annotated[int | None, Field(gt=0, description="budget, masks")] = None,
    seed: Annotated[int, Field(ge=0, description="of masks, weights, latent vectors")] = 0,
    resume: Resume = False,
    force: Force = False,
) -> Progress:
    """Train small networks on a few defect shapes each, so that latent vectors can be added.

    Parameters
    ----------
    images : path
        Folder of masks (PNG, TIFF, BMP; bright is defective). Of an empty folder the simulator draws
        the masks itself: scratch, crack, pore, impact and smear in turn.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    latent, families, shapes : int
        Latent dimension; networks; masks of each. The paper: 2, 1, 3.
    minutes, samples : float, int
        The budget, one of them; the paper's 20 epochs are 10 000 samples a mask. With ``samples`` a
        resumed training ends in the same weights.
    seed : int
        Of masks, weights and latent vectors.
    resume : bool
        Go on where a killed training last saved.
    force : bool
        Replace ``out``.

    Returns
    -------
    Progress
        With the history.
    """
    return train(
        images,
        out,
        latent=latent,
        families=families,
        shapes=shapes,
        minutes=minutes,
        samples=samples,
        seed=seed,
        resume=resume,
        force=force,
    )
