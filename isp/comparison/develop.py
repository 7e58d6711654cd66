"""From a mosaic to the picture that figures are taken from: the same line for every contestant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.bound import Stage, stage
from isp.errors import PipelineError
from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.pipeline import Pipeline

DEFAULT: Final = ("opencv_ea", "by_cfa")
"""Demosaicing for pictures where none is named, and for arrays that it cannot take."""


@dataclass(frozen=True)
class Development:
    """Black level, white balance, one common white, demosaicing, camera matrix, sRGB.

    Parameters
    ----------
    demosaic : str
        Name of the demosaicing stage.
    otherwise : str
        Its stand-in for frames whose CFA it cannot take; empty: such frames are refused.

    Raises
    ------
    PipelineError
        If the stage is not a demosaicing.
    """

    demosaic: str
    otherwise: str = ""

    def __post_init__(self) -> None:
        for name in filter(None, (self.demosaic, self.otherwise)):
            if stage(name).info.kind != "demosaic":
                raise PipelineError(f"Stage '{name}' is not a demosaicing.")

    def demosaic_of(self, meta: FrameMeta) -> str:
        """The name of the demosaicing that such a frame gets."""
        able = stage(self.demosaic).takes(meta)
        return self.demosaic if able else self.otherwise or self.demosaic

    def demosaiced(self, frame: RawFrame) -> RgbFrame:
        """What a naive stage on pictures gets: camera RGB right behind the demosaicing."""
        name = self.demosaic_of(frame.meta)
        steps = _line(name).steps
        line = Pipeline(steps[: [step.name for step in steps].index(name) + 1])
        done = line.filled("correct", None).run(frame).frame
        if not isinstance(done, RgbFrame):
            raise PipelineError(f"Stage '{name}' must return a picture.")
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
        line = _line(self.demosaic_of(frame.meta))
        done = line.filled("correct", picture_stage).run(frame).frame
        if not isinstance(done, RgbFrame):
            raise PipelineError("The development ends with a mosaic.")
        return np.asarray(done.active(), np.float32)


@cache
def _line(demosaic: str) -> Pipeline:
    return Pipeline.of(
        (
            "black_level",
            "correct",
            "white_balance",
            "highlight_clip",
            demosaic,
            "camera_matrix",
            {"gamma": {"curve": "srgb", "output": "float32"}},
        )
    )


def developments(demosaic: str | Sequence[str] | None) -> list[Development]:
    """One for each demosaicing named; where none is, one that takes frames of every CFA."""
    if demosaic is None:
        return [Development(*DEFAULT)]
    return [Development(name) for name in ([demosaic] if isinstance(demosaic, str) else demosaic)]
