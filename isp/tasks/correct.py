"""``isp correct``: raw in, raw out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from isp.bound import Stage
from isp.defects import DefectMap
from isp.errors import ScenarioError, StageError
from isp.frame import RawFrame
from isp.io.output import check_suffix, write
from isp.repair import apply_repair
from isp.scenario.load import bound_entry
from isp.scenario.model import Scenario
from isp.tasks.inputs import given_map, names, open_input, single
from isp.tasks.outputs import check_single, save_beside

NEEDS_MAP = ("corrector", "temporal")
WITHOUT_MAP = ("dpc", "blind")


def correct(scenario: Scenario, output: Path, *, force: bool = False) -> dict[str, Any]:
    """Correct the scenario's input with its only corrector and write the raw frame.

    The result counts pixels: ``marked`` by the map (of a blind stage: by its own), ``changed`` in value,
    and ``unrepaired`` ones among those marked. A blind stage does not say which it could not repair:
    they are those that it marks and leaves as they are.

    A temporal stage takes the inputs as frames in time and corrects the middle one (of an even number
    the later); all others take one input.

    Raises
    ------
    ScenarioError
        If it names no corrector, or several.
    StageError
        If the stage is no corrector, needs a map and there is none, or takes none and there is one.
    FileError
        If the output cannot be written, or is there and ``force`` is not given: nothing is read then.
    """
    check_suffix(output, "mosaic")
    check_single(scenario, output, force=force)
    corrector = _only(scenario)
    given = names(scenario)
    temporal = corrector.info.kind == "temporal"
    frames = [open_input(scenario, name) for name in given] if temporal else [single(scenario)]
    corrected = len(given) // 2
    defects = given_map(scenario, frames[corrected])
    if defects is not None and corrector.info.kind in (*WITHOUT_MAP, "naive"):
        raise StageError(
            f"Stage '{corrector.info.name}' is of kind {corrector.info.kind}: it takes no defect map;"
            " leave the map out, or choose a stage that repairs what a map marks (kind corrector)."
        )
    fixed, counts = _corrected(corrector, frames, defects)
    write(output, fixed, force=force)
    save_beside(scenario, output, force=force)
    return {
        "input": given[corrected],
        "output": str(output),
        "stage": corrector.label,
        "notes": [],
        **counts,
    }


def _only(scenario: Scenario) -> Stage:
    """The scenario's corrector."""
    given = scenario.correctors
    if len(given) != 1:
        raise ScenarioError(
            f"'{scenario.task}' takes one corrector; the scenario's list 'correctors' has"
            f" {len(given)}. Name one; 'isp compare' takes several."
        )
    return bound_entry(given[0])


def _corrected(
    corrector: Stage, frames: list[RawFrame], defects: DefectMap | None
) -> tuple[RawFrame, dict[str, Any]]:
    kind, frame = corrector.info.kind, frames[len(frames) // 2]
    if kind in WITHOUT_MAP:
        fixed, found = corrector(frame)
        changed = _changed(frame, fixed)
        return fixed, {"marked": len(found), "changed": changed, "unrepaired": len(found) - changed}
    if kind == "naive" and corrector.info.domain == "raw":
        fixed = corrector(frame)
        return fixed, {"changed": _changed(frame, fixed), "unrepaired": 0}
    if kind not in NEEDS_MAP:
        raise StageError(
            f"Stage '{corrector.info.name}' is of kind {kind}: it corrects no raw frame."
        )
    if defects is None:
        raise StageError(
            f"Stage '{corrector.info.name}' needs a defect map: give --map, or make one with"
            " 'isp detect'."
        )
    repair = corrector.repair(frame if kind == "corrector" else frames, defects)
    fixed = apply_repair(frame, defects, repair, corrector.label)
    left = int((~repair.repaired).sum())
    counts = {"marked": len(defects), "changed": _changed(frame, fixed), "unrepaired": left}
    return fixed, {**counts, "notes": list(repair.notes)}


def _changed(before: RawFrame, after: RawFrame) -> int:
    return int(np.count_nonzero(before.mosaic != after.mosaic))
