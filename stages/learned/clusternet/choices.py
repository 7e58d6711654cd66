"""Parameters of the trainers of cluster networks."""

from __future__ import annotations

from pydantic import Field

from stages.learned.training.parameters import Training


class ClusterTraining(Training):
    """What every training has, and how one goes on from another.

    Parameters
    ----------
    start : str
        Weights to begin with, of the recipe's shape; none where empty.
    learning_rate : float, optional
        At its height; the recipe's where ``None``. Weights that have learned before want less.
    """

    start: str = Field(default="", description="weights to begin with, of the same shape")
    learning_rate: float | None = Field(
        default=None, gt=0, le=0.1, description="at its height; the recipe's where empty"
    )
