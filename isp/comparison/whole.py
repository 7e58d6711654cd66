"""Whole frames: every crop's damage laid into its frame, corrected, developed and timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.comparison.case import Case
from isp.comparison.contestants import CLEAN, DAMAGED, Contestant, Outcome, correct
from isp.comparison.crops import pasted, separate
from isp.comparison.develop import Development
from isp.comparison.exhibits import to_codes
from isp.defects import DefectMap
from isp.frame import Area, RawFrame

WIDTH_PX = 720


@dataclass(frozen=True, eq=False)
class WholeFrame:
    """One input as a whole, as each contestant leaves it.

    Parameters
    ----------
    input, variant : str
        Which.
    shape : (int, int)
        Height and width of the picture in the frame's pixels.
    places : list of Area
        Boxes round the crops that were damaged, in the picture's pixels.
    pictures : dict
        Label to uint8 sRGB (h, w, 3), scaled down by averaging where the frame is large.
    """

    input: str
    variant: str
    shape: tuple[int, int]
    places: list[Area]
    pictures: dict[str, NDArray[np.uint8]]


def damaged_whole(frame: RawFrame, cases: Sequence[Case]) -> tuple[RawFrame, DefectMap, list[Area]]:
    """The frame with the damage of those of its cases that do not overlap, the truth, and the areas."""
    kept = [cases[index] for index in separate([case.area for case in cases])]
    damaged = pasted(frame, [(c.area, c.damaged.mosaic) for c in kept], "damage of crops")
    truths = [placed(case.truth, case.area, damaged) for case in kept]
    truth = DefectMap.empty(damaged).united(truths)
    return damaged, truth, [case.area for case in kept]


def placed(defects: DefectMap, area: Area, frame: RawFrame) -> DefectMap:
    """A crop's map in the coordinates of the frame."""
    return DefectMap.for_frame(
        defects.rows + area.top,
        defects.cols + area.left,
        frame,
        kind=defects.kind,
        severity_dn=defects.severity_dn,
        cluster=defects.cluster,
        source=defects.source,
    )


def whole_frame(
    name: str,
    frame: RawFrame,
    cases: Sequence[Case],
    stages: Sequence[Contestant],
    development: Development,
) -> WholeFrame:
    """Correct and develop one frame as a whole; a stage that fails on it has no picture."""
    damaged, truth, areas = damaged_whole(frame, cases)
    outcomes = {CLEAN: Outcome(frame), DAMAGED: Outcome(damaged)}
    for one in stages:
        try:
            outcomes[one.label] = correct(one, damaged, truth)
        except Exception:  # listed as failed on the crops already
            continue
    active = frame.meta.active_area
    pictures = {
        label: to_codes(_smaller(development.picture(one.frame, one.picture_stage)))
        for label, one in outcomes.items()
    }
    places = [Area(a.top - active.top, a.left - active.left, a.height, a.width) for a in areas]
    variant = cases[0].name.damage if cases else ""
    return WholeFrame(name, variant, (active.height, active.width), places, pictures)


def _smaller(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture scaled down by a whole factor, by averaging, to about `WIDTH_PX`."""
    step = max(-(-picture.shape[1] // WIDTH_PX), 1)
    if step == 1:
        return picture
    height, width = picture.shape[0] // step, picture.shape[1] // step
    blocks = picture[: height * step, : width * step].reshape(height, step, width, step, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)
