"""The parameters that every trainer stage has."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from isp.errors import FileError, StageError
from isp.files import check_outputs, refuse_existing
from isp.params import FilePath, ParameterSet
from stages.learned.training.loop import Budget, curves_path, log_path, state_path


class Training(ParameterSet):
    """How long a training goes on, from what seed, and what it may replace.

    Parameters
    ----------
    minutes, samples : float, int, optional
        The budget, one of them; samples are what the network is shown: windows, crops, patches, pictures.
        With ``samples`` a resumed training ends in the same weights.
    seed : int
        Of all chance in it: weights, samples, dropout.
    resume : bool
        Go on where a killed training last saved.
    force : bool
        Replace the weights that are there, and what goes with them.
    """

    minutes: float | None = Field(default=None, gt=0, description="budget, wall-clock minutes")
    samples: int | None = Field(default=None, gt=0, description="budget, samples shown")
    seed: int = Field(default=0, ge=0, description="of weights and samples")
    resume: bool = Field(default=False, description="go on from the state beside the weights")
    force: bool = Field(default=False, description="replace weights that are there")

    def budget(self, out: Path) -> Budget:
        """The budget, once the training may begin.

        Raises
        ------
        FileError
            If ``out`` or a file that goes with it exists, or there is nothing to resume.
        StageError
            If the budget is not one of minutes and samples.
        """
        if (self.minutes is None) == (self.samples is None):
            raise StageError("A training needs a budget: minutes or samples, and not both.")
        refuse_existing(out, force=True)  # a folder has no files beside it to look for
        if self.resume and not state_path(out).is_file():
            raise FileError(
                f"There is no '{state_path(out)}' to resume from; train without --resume."
            )
        if not self.resume:
            self._check_outputs(out)
        return Budget(None if self.minutes is None else 60.0 * self.minutes, self.samples)

    def _check_outputs(self, out: Path) -> None:
        state = state_path(out)
        if state.is_file() and not self.force:
            raise FileError(
                f"'{state}', the state of a training of '{out}', already exists: go on from it with"
                " --resume, choose another name, or begin anew with --force."
            )
        check_outputs(out, state, log_path(out), curves_path(out), force=self.force)


class TrainingFrom(Training):
    """A training that may go on from weights that have learned before.

    Parameters
    ----------
    start : str
        Weights to begin with, of the recipe's shape; none where empty.
    learning_rate : float, optional
        At its height; the recipe's where ``None``. Weights that have learned before want less.
    """

    start: FilePath = Field(default="", description="weights to begin with, of the same shape")
    learning_rate: float | None = Field(
        default=None, gt=0, le=0.1, description="at its height; the recipe's where empty"
    )

    def rate(self, usual: float) -> float:
        """The learning rate at its height, where a recipe's is the usual one."""
        return self.learning_rate or usual
