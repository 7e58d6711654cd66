"""What the trainers of the four ways let a user choose, each typed and described once.

What is left at ``None`` is as the recipe says, see `stages.learned.defectgan.recipes`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stages.learned.defectgan.defects import Mode
from stages.learned.defectgan.network import Normalisation, Output
from stages.learned.defectgan.objectives import Adversarial, Distance
from stages.learned.defectgan.plan import Critic, Initial
from stages.learned.defectgan.recipes import Recipe

Samples = Annotated[int | None, Field(gt=0, description="budget, pictures")]
RecipeChoice = Annotated[Recipe, Field(description="for minutes on a processor, or as published")]
Channels = Annotated[Literal[3, 4], Field(description="RGB, or a packed mosaic")]
ModeChoice = Annotated[Mode, Field(description="one black 8×8, or 1 to 3 of 7 to 12")]
Crop = Annotated[int | None, Field(gt=0, description="side of a picture; multiple of 16")]
BatchSize = Annotated[int | None, Field(gt=0, description="pictures a step")]
Rate = Annotated[float | None, Field(gt=0, description="generator's learning rate")]
CriticChoice = Annotated[Critic | None, Field(description="an opinion per pixel, picture")]
AdversarialChoice = Annotated[Adversarial | None, Field(description="objective of the critic")]
OutputChoice = Annotated[Output | None, Field(description="last activation")]
InitialChoice = Annotated[
    Initial | None, Field(description="first weights: Kaiming's, or a copy's")
]
NormalisationChoice = Annotated[Normalisation | None, Field(description="while training")]
Dropout = Annotated[float | None, Field(ge=0, lt=1, description="chance of a feature")]
LocalDistance = Annotated[Distance | None, Field(description="distance on the defect areas")]
LatentDistance = Annotated[Distance | None, Field(description="distance of latent features")]
Kept = Annotated[
    int, Field(ge=0, description="samples drawn once and held in memory; 0: new ones always")
]
StartWeights = Annotated[str, Field(description="weights to begin with: a retraining")]
Seed = Annotated[int, Field(ge=0, description="of weights, pictures and dropout")]
