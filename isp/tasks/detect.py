"""``isp detect``: frames in, a defect map out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from isp.bound import Stage
from isp.comparison.maps import detected_map
from isp.defects import DefectKind, DefectMap
from isp.errors import ScenarioError
from isp.exchange import FrameSet
from isp.io.frames import read
from isp.io.maps import check_map_suffix, write_map
from isp.maps import vote
from isp.scenario.load import bound_entry
from isp.scenario.model import DetectSpec, Scenario
from isp.tasks.inputs import hints, names, open_input
from isp.tasks.outputs import check_single, save_beside


def detect(scenario: Scenario, output: Path, *, force: bool = False) -> dict[str, Any]:
    """Find defects in the scenario's frames and write the map.

    Several scenes are judged one by one and vote; darks and flats go to the detector together.

    Raises
    ------
    ScenarioError
        If the scenario does not say how to detect, or asks for a vote that cannot be had.
    FileError
        If the output cannot be written, or is there and ``force`` is not given: nothing is read then.
    """
    spec = scenario.detect
    if spec is None:
        raise ScenarioError("The scenario has no 'detect' section.")
    check_map_suffix(output, with_frame=False)
    check_single(scenario, output, force=force)
    detector = bound_entry(spec.method)
    notes: list[str] = []
    if spec.dark or spec.flat:
        frames = _frames(scenario, spec)
        found, notes = detector(frames), overlooked(detector, frames)
    else:
        found = _voted(scenario, spec, detector)
    lost = list(write_map(output, found, force=force))
    save_beside(scenario, output, force=force)
    said = {"notes": notes, "lost": lost}
    return {"output": str(output), "method": detector.label, **describe(found), **said}


def _frames(scenario: Scenario, spec: DetectSpec) -> FrameSet:
    described = hints(scenario.input)
    if spec.least is not None:
        raise ScenarioError("'least' is a vote of scenes; darks and flats are judged together.")
    return FrameSet(
        scene=tuple(open_input(scenario, name) for name in names(scenario)),
        dark=tuple(read(name, described) for name in spec.dark),
        flat=tuple(read(name, described) for name in spec.flat),
    )


def overlooked(detector: Stage, frames: FrameSet) -> list[str]:
    """What a detector does not look at of the frames it is given, a sentence each."""
    given = {kind: len(getattr(frames, kind)) for kind in ("scene", "dark", "flat")}
    looks_at = detector.info.frames
    if not any(given[kind] for kind in looks_at):
        return []  # it takes what there is
    return [
        f"'{detector.info.name}' goes by {' and '.join(looks_at)} frames; it did not look at"
        f" {count} of kind {kind}."
        for kind, count in given.items()
        if count and kind not in looks_at
    ]


def _voted(scenario: Scenario, spec: DetectSpec, detector: Stage) -> DefectMap:
    """The map of one scene, or what enough of several agree on; one frame is held at a time."""
    given = names(scenario)
    least = len(given) // 2 + 1 if spec.least is None else spec.least
    if least > len(given):
        raise ScenarioError(f"A vote of {least} cannot be had from {len(given)} frames.")
    found = [detected_map(detector, open_input(scenario, name)) for name in given]
    return found[0] if len(found) == 1 else vote(found, least)


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
