"""``isp detect``: frames in, a defect map out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from isp.bound import stage
from isp.defects import DefectKind, DefectMap
from isp.errors import ScenarioError
from isp.exchange import FrameSet
from isp.io.frames import read
from isp.io.maps import write_map
from isp.scenario.load import save, split_entry
from isp.scenario.model import Scenario
from isp.tasks.develop import beside
from isp.tasks.inputs import hints, open_input


def detect(scenario: Scenario, output: Path, *, force: bool = False) -> dict[str, Any]:
    """Find defects in the scenario's frames and write the map.

    Raises
    ------
    ScenarioError
        If the scenario does not say how to detect.
    """
    spec = scenario.detect
    if spec is None:
        raise ScenarioError("The scenario has no 'detect' section.")
    described = hints(scenario.input)
    frames = FrameSet(
        scene=tuple(open_input(scenario, name) for name in scenario.input.files),
        dark=tuple(read(name, described) for name in spec.dark),
        flat=tuple(read(name, described) for name in spec.flat),
    )
    name, params = split_entry(spec.method)
    detector = stage(name, **params)
    if detector.info.kind == "dpc":
        found: DefectMap = detector(frames.first)[1]
    else:
        found = detector(frames)
    write_map(output, found, force=force)
    save(scenario, beside(output), force=True)
    return {"output": str(output), "method": detector.label, **describe(found)}


def describe(defects: DefectMap) -> dict[str, Any]:
    """Counts of a map by kind, and its density."""
    kinds = Counter(DefectKind(int(code)).label for code in defects.kind)
    pixels = defects.shape[0] * defects.shape[1]
    return {
        "defects": len(defects),
        "ppm": round(1e6 * len(defects) / pixels, 2),
        "kinds": dict(sorted(kinds.items())),
        "source": defects.source,
    }
