"""The networks of blind repair put together: from a frame to the repaired frame and its map."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.repair import Repair, apply_repair
from stages.kernels.claims import claimed_kinds, noise_on_grid
from stages.learned.clusternet.inference import repair_clusters
from stages.learned.clusternet.shipped import WEIGHTS, engine
from stages.learned.finder.inference import defect_logits
from stages.learned.finder.network import FinderNet
from stages.learned.finder.search import search
from stages.learned.finder.weights import load_weights
from stages.learned.running.place import Place, Running

NAME = "cluster_blind"


@lru_cache(maxsize=8)
def _finder(path: Path, changed_ns: int, place: Place) -> FinderNet:
    return place.ready(load_weights(path))


def finder_network(weights: str, place: Place) -> FinderNet:
    """The shipped finder, or that of a file of the user's, ready for a place.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or of another network.
    """
    path = Path(weights) if weights else WEIGHTS / f"{NAME}.safetensors"
    return _finder(path, path.stat().st_mtime_ns if path.is_file() else 0, place)


def find_and_repair(
    frame: RawFrame, threshold: float, finder: str, running: Running
) -> tuple[RawFrame, DefectMap]:
    """Find and repair the defects of a frame; the parameters are the stage's."""
    repairer = engine(["cluster"], running)
    mend = partial(repair_clusters, engine=repairer)
    inner = frame.crop(frame.meta.active_area)
    noise = noise_on_grid(inner)
    eyes = finder_network(finder, repairer.place)
    logits = defect_logits(inner, noise, eyes, repairer.place)
    found = search(inner, noise, logits, mend, threshold)
    repair = mend(inner, found.defects)
    defects = _map(frame, inner, noise, found.defects, repair)
    return apply_repair(frame, defects, repair, NAME), defects


def _map(
    frame: RawFrame, inner: RawFrame, noise: NoiseModel, found: DefectMap, repair: Repair
) -> DefectMap:
    """What was found in the whole frame's coordinates."""
    rows, cols = found.rows, found.cols
    level = repair.values - Levels.pick(inner.levels.black, rows, cols)
    severity = inner.mosaic[rows, cols].astype(np.float32) - repair.values
    area = frame.meta.active_area
    return DefectMap.for_frame(
        rows + area.top,
        cols + area.left,
        frame,
        kind=claimed_kinds(inner, noise, rows, cols, level),
        severity_dn=severity,
        source=f"{NAME}: one frame, {noise.source} noise; {len(rows)} pixels",
    ).labelled()
