"""Parameters of the trainers of the four ways.

What is left at ``None`` is as the recipe says, see `stages.learned.defectgan.recipes`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from isp.params import FilePath
from stages.learned.defectgan.defects import Mode
from stages.learned.defectgan.network import Normalisation, Output
from stages.learned.defectgan.objectives import Adversarial, Distance
from stages.learned.defectgan.plan import Critic, Initial
from stages.learned.training.parameters import Training

Recipe = Literal["quick", "thesis"]

_OF_PLAN = {"rate": "generator_rate", "local": "local_distance", "latent": "latent_distance"}
"""What a plan calls otherwise."""


class PictureTraining(Training):
    """What every way has.

    Parameters
    ----------
    recipe : {"quick", "thesis"}
        What holds where nothing else is said.
    channels, mode, crop, batch, kept
        What is learned from.
    rate, output, initial, normalisation, dropout, local
        How it is learned.
    start : str
        Weights of as many channels to go on from, as after a change of mode; none where empty.
    """

    recipe: Recipe = Field(
        default="quick", description="for minutes on a processor, or as published"
    )
    channels: Literal[3, 4] = Field(default=4, description="RGB, or a packed mosaic")
    mode: Mode = Field(default="dynamic", description="one black 8×8, or 1 to 3 of 7 to 12")
    crop: int | None = Field(default=None, gt=0, description="side of a picture; multiple of 16")
    batch: int | None = Field(default=None, gt=0, description="pictures a step")
    rate: float | None = Field(default=None, gt=0, description="generator's learning rate")
    output: Output | None = Field(default=None, description="last activation")
    initial: Initial | None = Field(
        default=None, description="first weights: Kaiming's, or a copy's"
    )
    normalisation: Normalisation | None = Field(default=None, description="while training")
    dropout: float | None = Field(default=None, ge=0, lt=1, description="chance of a feature")
    local: Distance | None = Field(default=None, description="distance on the defect areas")
    kept: int = Field(
        default=0, ge=0, description="samples drawn once and held in memory; 0: new ones always"
    )
    start: FilePath = Field(default="", description="weights to begin with: a retraining")

    def changes(self) -> dict[str, Any]:
        """Fields of a plan in place of the recipe's; ``None`` keeps the recipe's."""
        aside = {*Training.model_fields, "recipe", "start"} - {"seed"}
        return {_OF_PLAN.get(key, key): value for key, value in self if key not in aside}


class LatentTraining(PictureTraining):
    """For the ways that compare latent features.

    Parameters
    ----------
    latent : str, optional
        Distance of latent features.
    """

    latent: Distance | None = Field(default=None, description="distance of latent features")


class CriticTraining(PictureTraining):
    """For the ways that have a critic.

    Parameters
    ----------
    critic, adversarial : str, optional
        What the critic says, and its objective.
    """

    critic: Critic | None = Field(default=None, description="an opinion per pixel, picture")
    adversarial: Adversarial | None = Field(default=None, description="objective of the critic")


class FullTraining(LatentTraining, CriticTraining):
    """For the ways that have both; see `LatentTraining` and `CriticTraining`.

    Parameters
    ----------
    latent, critic, adversarial : str, optional
        See there.
    """
