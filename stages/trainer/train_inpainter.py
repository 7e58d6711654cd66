"""Trains the generator of the stage `inpainter` on any folder of photographs or raw frames."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.defectgan.choices import (
    AdversarialChoice,
    BatchSize,
    Channels,
    CriticChoice,
    Crop,
    Dropout,
    InitialChoice,
    Kept,
    LocalDistance,
    ModeChoice,
    NormalisationChoice,
    OutputChoice,
    Rate,
    RecipeChoice,
    Samples,
    Seed,
    StartWeights,
)
from stages.learned.defectgan.recipes import train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Force, Minutes, Resume


@stage(
    kind="trainer",
    reference="Defect GAN thesis, its reference: adversarial, global and local losses only",
    cfas=BAYER,
)
def train_inpainter(
    images: Path,
    out: Path,
    *,
    minutes: Minutes = None,
    samples: Samples = None,
    recipe: RecipeChoice = "quick",
    channels: Channels = 4,
    mode: ModeChoice = "dynamic",
    crop: Crop = None,
    batch: BatchSize = None,
    rate: Rate = None,
    critic: CriticChoice = None,
    adversarial: AdversarialChoice = None,
    output: OutputChoice = None,
    initial: InitialChoice = None,
    normalisation: NormalisationChoice = None,
    dropout: Dropout = None,
    local: LocalDistance = None,
    kept: Kept = 0,
    start: StartWeights = "",
    seed: Seed = 0,
    resume: Resume = False,
    force: Force = False,
) -> Progress:
    """Train on damaged pictures alone, with a critic and without a latent loss.

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
    rate, critic, adversarial, output, initial, normalisation, dropout, local
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
        "inpainter",
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
        kept=kept,
        seed=seed,
    )
