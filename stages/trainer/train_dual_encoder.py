"""Trains the generator of the stage `dual_encoder` on any folder of photographs or raw frames."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from isp.registry import BAYER, stage
from stages.learned.defectgan.recipes import train
from stages.learned.training.loop import Progress


@stage(
    kind="trainer",
    reference="Defect GAN thesis, algorithm 2: one network on clean and damaged pictures, and a critic",
    cfas=BAYER,
)
def train_dual_encoder(
    images: Path,
    out: Path,
    *,
    minutes: Annotated[float | None, Field(gt=0, description="budget, wall-clock minutes")] = None,
    samples: Annotated[int | None, Field(gt=0, description="budget, pictures")] = None,
    recipe: Annotated[
        Literal["quick", "thesis"], Field(description="for minutes on a processor, or as published")
    ] = "quick",
    channels: Annotated[Literal[3, 4], Field(description="RGB, or a packed mosaic")] = 4,
    mode: Annotated[
        Literal["fixed", "dynamic"], Field(description="one black 8×8, or 1 to 3 of 7 to 12")
    ] = "dynamic",
    crop: Annotated[
        int | None, Field(gt=0, description="side of a picture; multiple of 16")
    ] = None,
    batch: Annotated[int | None, Field(gt=0, description="pictures a step")] = None,
    rate: Annotated[float | None, Field(gt=0, description="generator's learning rate")] = None,
    critic: Annotated[
        Literal["pixel", "global", "none"] | None,
        Field(description="an opinion per pixel, picture"),
    ] = None,
    adversarial: Annotated[
        Literal["wgan", "cgan"] | None, Field(description="objective of the critic")
    ] = None,
    output: Annotated[
        Literal["relu", "tanh", "none"] | None, Field(description="last activation")
    ] = None,
    initial: Annotated[
        Literal["kaiming", "copy"] | None,
        Field(description="first weights: Kaiming's, or a copy's"),
    ] = None,
    normalisation: Annotated[
        Literal["spectral", "batch", "none"] | None, Field(description="while training")
    ] = None,
    dropout: Annotated[float | None, Field(ge=0, lt=1, description="chance of a feature")] = None,
    local: Annotated[
        Literal["l1", "l2"] | None, Field(description="distance on the defect areas")
    ] = None,
    latent: Annotated[
        Literal["l1", "l2"] | None, Field(description="distance of latent features")
    ] = None,
    kept: Annotated[
        int, Field(ge=0, description="samples drawn once and held in memory; 0: new ones always")
    ] = 0,
    start: Annotated[str, Field(description="weights to begin with: a retraining")] = "",
    seed: Annotated[int, Field(ge=0, description="of weights, pictures and dropout")] = 0,
    resume: Annotated[bool, Field(description="go on from the state beside the weights")] = False,
    force: Annotated[bool, Field(description="replace weights that are there")] = False,
) -> Progress:
    """Train one network on clean and on damaged pictures, their latent features alike, with a critic.

    What is left at ``None`` is as the recipe says, see `stages.learned.defectgan.recipes`.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or, for a packed mosaic, Bayer raw frames too; one of
        twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    minutes, samples : float, int
        The budget, one of them. With ``samples`` a resumed training ends in the same weights.
    recipe : {"quick", "thesis"}
        What holds where nothing else is said.
    channels, mode, crop, batch, kept
        What is learned from.
    rate, critic, adversarial, output, initial, normalisation, dropout, local, latent
        How it is learned.
    start : str
        Weights of as many channels to go on from, as after a change of mode.
    seed : int
        Of weights, pictures and dropout.
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
        "dual_encoder",
        images,
        out,
        recipe=recipe,
        start=start,
        minutes=minutes,
        samples=samples,
        resume=resume,
        force=force,
        channels=channels,
        mode=mode,
        crop=crop,
        batch=batch,
        generator_rate=rate,
        critic=critic,
        adversarial=adversarial,
        output=output,
        initial=initial,
        normalisation=normalisation,
        dropout=dropout,
        local_distance=local,
        latent_distance=latent,
        kept=kept,
        seed=seed,
    )
