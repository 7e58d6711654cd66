"""Parameters of the trainers of cluster networks, each typed and described once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Windows = Annotated[int | None, Field(gt=0, description="budget, windows")]
Start = Annotated[str, Field(description="weights to begin with, of the same shape")]
LearningRate = Annotated[
    float | None, Field(gt=0, le=0.1, description="at its height; the recipe's where empty")
]
Seed = Annotated[int, Field(ge=0, description="of weights and windows")]
