"""``isp correct``: raw in, raw out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isp.bound import Stage
from isp.defects import DefectMap
from isp.errors import StageError
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

    A temporal stage takes the inputs as frames in time and corrects the middle one (of an even number
    the later); all others take one input.

    Raises
    ------
    StageError
        If the stage is no corrector, or needs a map and there is none.
    FileError
        If the output cannot be written, or is there and ``force`` is not given: nothing is read then.
    """
    check_suffix(output, "mosaic")
    check_single(output, force=force)
    corrector = bound_entry(scenario.correctors[0])
    given = names(scenario)
    temporal = corrector.info.kind == "temporal"
    frames = [open_input(scenario, name) for name in given] if temporal else [single(scenario)]
    corrected = len(given) // 2
    fixed, counts = _corrected(corrector, frames, given_map(scenario, frames[corrected]))
    write(output, fixed, force=force)
    save_beside(scenario, output, force=force)
    return {
        "input": given[corrected],
        "output": str(output),
        "stage": corrector.label,
        **counts,
    }


def _corrected(
    corrector: Stage, frames: list[RawFrame], defects: DefectMap | None
) -> tuple[RawFrame, dict[str, Any]]:
    kind, frame = corrector.info.kind, frames[len(frames) // 2]
    if kind in WITHOUT_MAP:
        fixed, touched = corrector(frame)
        return fixed, {"changed": len(touched), "unrepaired": 0, "notes": []}
    if kind == "naive" and corrector.info.domain == "raw":
        fixed = corrector(frame)
        return fixed, {"changed": int((fixed.mosaic != frame.mosaic).sum()), "unrepaired": 0}
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
    return fixed, {"marked": len(defects), "unrepaired": left, "notes": list(repair.notes)}
