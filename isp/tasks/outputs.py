"""The outputs of tasks: their names, what goes with them, and where it is put."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from isp.files import check_outputs
from isp.scenario.load import save
from isp.scenario.model import Scenario


def scenario_beside(output: Path) -> Path:
    """Where the resolved scenario of a single output goes."""
    return output.with_name(output.name + ".scenario.yaml")


def truth_beside(output: Path) -> Path:
    """Where the truth of a simulated output goes."""
    return output.with_name(output.stem + ".truth.csv")


def check_single(output: Path, *beside: Path, force: bool) -> None:
    """Raise `FileError` before any work where a single output or what goes with it is there already."""
    check_outputs(output, *beside, scenario_beside(output), force=force)


def save_beside(scenario: Scenario, output: Path, *, force: bool) -> None:
    """Write the resolved scenario beside a single output, with the output that was written."""
    done = scenario.model_copy(update={"output": str(output)})
    save(done, scenario_beside(output), force=force)


def written(result: dict[str, Any]) -> str:
    """What a task with a single output has written: its file, or the frames of its sequence."""
    shots = result.get("frames") or [result["output"]]
    return shots[0] if len(shots) == 1 else f"{shots[0]} ... {Path(shots[-1]).name}"


def distinct(names: Iterable[str]) -> list[str]:
    """Names that files can have side by side: one that stands there again is numbered.

    Some file systems take ``a`` and ``A`` for one name, so they count as one here.
    """
    given: list[str] = []
    taken: set[str] = set()
    for name in names:
        one, number = name, 2
        while one.casefold() in taken:
            one, number = f"{name}-{number}", number + 1
        taken.add(one.casefold())
        given.append(one)
    return given
