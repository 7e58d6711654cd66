"""The generator behind the stages: shipped weights or a file of the user's, masked and blind."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from isp.defects import DefectMap
from isp.errors import StageError
from isp.frame import RawFrame
from isp.params import FilePath
from isp.repair import Repair
from stages.learned.defectgan.network import MULTIPLE, Generator
from stages.learned.defectgan.weights import load_generator
from stages.learned.fullframe.blind import repair_blind
from stages.learned.fullframe.masked import Painter, repair_masked
from stages.learned.running.place import Place, Running
from stages.learned.running.tensors import WeightsError

WEIGHTS: Final = Path(__file__).parents[1] / "weights"
PLANES: Final = 4

LeastChange = Annotated[
    float, Field(ge=0, le=1, description="least change that is taken, in encoded levels")
]


class OwnRunning(Running):
    """The same for networks that ship without weights: a file that ``isp train`` wrote is needed."""

    weights: FilePath = Field(default="", description="weights file; none ships")


SIDE_PX: Final = 48
"""Side of a window round marked pixels, in network pixels."""

OVERLAP_PX: Final = 48
"""Surroundings of a tile of a whole frame: more than the generator sees to any side (45 pixels)."""

TILE_PX: Final = 256


@lru_cache(maxsize=8)
def _loaded(path: Path, changed_ns: int, place: Place) -> Generator:
    network, _ = load_generator(path)
    if network.channels != PLANES:
        raise WeightsError(
            f"'{path}' holds a generator of {network.channels} channels; a mosaic needs {PLANES}"
            " (R, G, G, B)."
        )
    return place.ready(network)


def generator(name: str, weights: str, place: Place) -> Generator:
    """The generator of a way to train: of a file, or the shipped one where no file is given.

    Raises
    ------
    StageError
        If no file is given and none ships.
    WeightsError
        If the file is missing, damaged or of another network.
    """
    path = Path(weights) if weights else WEIGHTS / f"{name}.safetensors"
    if not weights and not path.is_file():
        raise StageError(
            f"'{name}' ships without weights: name a file by 'weights', such as"
            f" 'isp train {name} --images FOLDER --budget 1h -o FILE' writes."
        )
    return _loaded(path, path.stat().st_mtime_ns if path.is_file() else 0, place)


def masked(
    name: str,
    frame: RawFrame,
    defects: DefectMap,
    running: Running,
) -> Repair:
    """Repair marked pixels with the generator of a way to train; the parameters are the stages'."""
    place = Place.of(running.device, running.precision)
    return repair_masked(
        frame, defects, Painter(generator(name, running.weights, place), place, SIDE_PX)
    )


def blind(
    name: str,
    frame: RawFrame,
    threshold: float,
    running: Running,
) -> tuple[RawFrame, DefectMap]:
    """Repair a frame without a map; the parameters are the stages'."""
    place = Place.of(running.device, running.precision)
    return repair_blind(
        frame, generator(name, running.weights, place), threshold=threshold, multiple=MULTIPLE,
        tile_px=TILE_PX, overlap_px=OVERLAP_PX, place=place, step=f"{name}_blind",
    )  # fmt: skip
