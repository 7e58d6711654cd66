"""The weights that come with the package, and how the stages beside this folder use them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.learned.clusternet.grain import with_grain
from stages.learned.clusternet.inference import Effort, Engine, repair_clusters
from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.weights import load_weights
from stages.learned.fullframe.place import Device, Precision

Grain = Literal["none", "match"]

WEIGHTS = Path(__file__).parents[1] / "weights"

ONCE = Effort()
THOROUGH = Effort(views=4, small_cores=False)
"""On held-out photographs 0.2 to 0.4 dB better than `ONCE`, for five times the network's work."""


@lru_cache(maxsize=8)
def _network(path: Path, changed_ns: int) -> ClusterNet:
    return load_weights(path)[0]


def network(name: str, weights: str) -> ClusterNet:
    """The network of a stage: the shipped one, or that of a file of the user's.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or of another network.
    """
    path = Path(weights) if weights else WEIGHTS / f"{name}.safetensors"
    return _network(path, path.stat().st_mtime_ns if path.is_file() else 0)


def repair_with(
    name: str,
    frame: RawFrame,
    defects: DefectMap,
    effort: Effort,
    device: Device,
    precision: Precision,
    grain: Grain,
    weights: str,
) -> Repair:
    """Repair with a stage's network; the parameters are the stages'."""
    engine = Engine.of(network(name, weights), device, precision, effort)
    repair = repair_clusters(frame, defects, engine)
    return with_grain(frame, defects, repair) if grain == "match" else repair
