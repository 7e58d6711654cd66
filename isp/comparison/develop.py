"""From a mosaic to the picture that figures are taken from: the same line for every contestant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isp.bound import Stage, stage
from isp.errors import PipelineError
from isp.frame import RawFrame, RgbFrame
from isp.pipeline import Pipeline


@dataclass(frozen=True)
class Development:
    """Black level, white balance, one common white, demosaicing, camera matrix, sRGB.

    Parameters
    ----------
    demosaic : str
        Name of the demosaicing stage.

    Raises
    ------
    PipelineError
        If the stage is not a demosaicing.
    """

    demosaic: str

    def __post_init__(self) -> None:
        if stage(self.demosaic).info.kind != "demosaic":
            raise PipelineError(f"Stage '{self.demosaic}' is not a demosaicing.")

    @cached_property
    def _line(self) -> Pipeline:
        return Pipeline.of(
            (
                "black_level",
                "correct",
                "white_balance",
                "highlight_clip",
                self.demosaic,
                "camera_matrix",
                {"gamma": {"curve": "srgb", "output": "float32"}},
            )
        )

    def demosaiced(self, frame: RawFrame) -> RgbFrame:
        """What a naive stage on pictures gets: camera RGB right behind the demosaicing."""
        names = [step.name for step in self._line.steps]
        line = Pipeline(self._line.steps[: names.index(self.demosaic) + 1])
        done = line.filled("correct", None).run(frame).frame
        if not isinstance(done, RgbFrame):
            raise PipelineError(f"Stage '{self.demosaic}' must return a picture.")
        return done

    def picture(self, frame: RawFrame, picture_stage: Stage | None = None) -> NDArray[np.float32]:
        """Develop a mosaic to an sRGB-encoded picture of its active area, float32 (h, w, 3), 0 .. 1.

        Parameters
        ----------
        frame : RawFrame
            The mosaic.
        picture_stage : Stage, optional
            A naive stage to run right behind the demosaicing.
        """
        done = self._line.filled("correct", picture_stage).run(frame).frame
        if not isinstance(done, RgbFrame):
            raise PipelineError("The development ends with a mosaic.")
        return np.asarray(done.active(), np.float32)
