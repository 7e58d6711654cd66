"""Marked pixels as an autoencoder reconstructs them, their own values hidden from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.learned.autoencoders.weights import shipped
from stages.learned.fullframe.masked import Painter, repair_masked
from stages.learned.running.place import Place, Running

Join = Annotated[
    bool, Field(description="take off what the reconstruction is off by around the hole")
]

SIDE_PX = 32
"""Side of a window in network pixels."""


def repair_with(
    name: str,
    frame: RawFrame,
    defects: DefectMap,
    join: bool,
    running: Running,
) -> Repair:
    """Repair the marked pixels with an autoencoder; the parameters are the stages'.

    Raises
    ------
    WeightsError
        If the weights cannot be used.
    StageError
        If the frame is not Bayer.
    """
    place = Place.of(running.device, running.precision)
    network, _ = shipped(name, running.weights, place)
    return repair_masked(frame, defects, Painter(network, place, SIDE_PX, "near", join))
