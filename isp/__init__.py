"""ispsim: inject known damage into raw frames, run every corrector, score them honestly."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isp.api import compare
    from isp.bound import Stage, stage
    from isp.cfa import Cfa
    from isp.comparison.comparison import Comparison
    from isp.defects import DefectKind, DefectMap
    from isp.errors import IspError
    from isp.exchange import FrameSet, Injection
    from isp.frame import Area, FrameMeta, RawFrame, RgbFrame
    from isp.io.frames import read
    from isp.io.hints import ReadHints
    from isp.io.maps import read_map, write_map
    from isp.io.output import write
    from isp.io.photograph import read_photograph
    from isp.levels import Levels
    from isp.noise import NoiseModel
    from isp.repair import Repair

__version__ = "0.1.0"

_HOME = {
    "Area": "isp.frame",
    "Cfa": "isp.cfa",
    "Comparison": "isp.comparison.comparison",
    "DefectKind": "isp.defects",
    "DefectMap": "isp.defects",
    "FrameMeta": "isp.frame",
    "FrameSet": "isp.exchange",
    "Injection": "isp.exchange",
    "IspError": "isp.errors",
    "Levels": "isp.levels",
    "NoiseModel": "isp.noise",
    "RawFrame": "isp.frame",
    "ReadHints": "isp.io.hints",
    "Repair": "isp.repair",
    "RgbFrame": "isp.frame",
    "Stage": "isp.bound",
    "compare": "isp.api",
    "read": "isp.io.frames",
    "read_map": "isp.io.maps.files",
    "read_photograph": "isp.io.photograph",
    "stage": "isp.bound",
    "write": "isp.io.output",
    "write_map": "isp.io.maps.files",
}

# Written out: type checkers do not compute it.
__all__ = [
    "Area",
    "Cfa",
    "Comparison",
    "DefectKind",
    "DefectMap",
    "FrameMeta",
    "FrameSet",
    "Injection",
    "IspError",
    "Levels",
    "NoiseModel",
    "RawFrame",
    "ReadHints",
    "Repair",
    "RgbFrame",
    "Stage",
    "__version__",
    "compare",
    "read",
    "read_map",
    "read_photograph",
    "stage",
    "write",
    "write_map",
]


def __getattr__(name: str) -> Any:
    """Import the public names on first use, so that importing isp stays light."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'isp' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
