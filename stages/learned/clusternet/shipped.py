"""The weights that come with the package, and how the stages beside this folder use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.learned.clusternet.adaptation import adapted
from stages.learned.clusternet.grain import with_grain
from stages.learned.clusternet.inference import Engine, repair_clusters
from stages.learned.clusternet.weights import load_weights
from stages.learned.running.place import Device, Precision, Running

Grain = Literal["none", "match"]
GrainChoice = Annotated[
    Grain, Field(description="match: repaired pixels get the noise of the frame")
]

WEIGHTS = Path(__file__).parents[1] / "weights"


@lru_cache(maxsize=8)
def _engine(
    files: tuple[tuple[Path, int], ...], device: Device, precision: Precision, twice: bool
) -> Engine:
    networks = [load_weights(path)[0] for path, _ in files]
    return Engine.of(networks, device, precision, twice)


def engine(names: Sequence[str], running: Running, twice: bool = False) -> Engine:
    """A stage's networks made ready: the shipped ones, or that of a file of the user's.

    Raises
    ------
    WeightsError
        If a file is missing, damaged or of another network.
    StageError
        If CUDA is asked for and there is none.
    """
    paths = _paths(names, running)
    files = ((path, path.stat().st_mtime_ns if path.is_file() else 0) for path in paths)
    return _engine(tuple(files), running.device, running.precision, twice)


def _paths(names: Sequence[str], running: Running) -> list[Path]:
    own = running.weights
    return [Path(own)] if own else [WEIGHTS / f"{name}.safetensors" for name in names]


def repair_with(
    names: Sequence[str],
    frame: RawFrame,
    defects: DefectMap,
    grain: Grain,
    running: Running,
    twice: bool = False,
) -> Repair:
    """Repair with a stage's networks; the parameters are the stages' and `Engine`'s."""
    return _repair(engine(names, running, twice), frame, defects, grain)


def repair_adapted(
    names: Sequence[str],
    frame: RawFrame,
    defects: DefectMap,
    grain: Grain,
    running: Running,
    steps: int,
) -> Repair:
    """The same, looking twice, by networks that first learn on from the frame."""
    networks = [load_weights(path)[0] for path in _paths(names, running)]
    learned = adapted(networks, frame, defects, steps)
    eyes = Engine.of(learned or networks, running.device, running.precision, twice=True)
    said = f"learned on from the frame for {steps} steps" if learned else "did not learn on"
    return _repair(eyes, frame, defects, grain, said)


def _repair(eyes: Engine, frame: RawFrame, defects: DefectMap, grain: Grain, *notes: str) -> Repair:
    repair = repair_clusters(frame, defects, eyes)
    repair = replace(repair, notes=(*repair.notes, *notes))
    return with_grain(frame, defects, repair) if grain == "match" else repair
