"""The outputs of tasks: their names, what goes with them, and where it is put."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from isp.errors import FileError
from isp.files import check_outputs
from isp.scenario.load import save
from isp.scenario.model import Scenario


def scenario_beside(output: Path) -> Path:
    """Where the resolved scenario of a single output goes."""
    return output.with_name(output.name + ".scenario.yaml")


def truth_beside(output: Path) -> Path:
    """Where the truth of a simulated output goes."""
    return output.with_name(output.stem + ".truth.csv")


def check_single(scenario: Scenario, output: Path, *beside: Path, force: bool) -> None:
    """Look before any work at a single output and what goes with it; see `check_all`."""
    check_all(scenario, output, *beside, scenario_beside(output), force=force)


def check_all(scenario: Scenario, *outputs: Path, force: bool) -> None:
    """Look before any work at all that a task writes.

    Raises
    ------
    FileError
        If one is an input of the scenario, or is there already and ``force`` is not given.
    """
    _check_apart(scenario, *outputs)
    check_outputs(*outputs, force=force)


def _check_apart(scenario: Scenario, *outputs: Path) -> None:
    """Raise `FileError` for an output that is an input: its saved scenario could not be run again."""
    found, damage = scenario.detect, scenario.defects
    given = [*scenario.input.files, *([damage.map] if damage is not None and damage.map else [])]
    given += [*found.dark, *found.flat] if found is not None else []
    for output in outputs:
        for name in given:
            if os.path.realpath(output) == os.path.realpath(name):
                raise FileError(
                    f"The output '{output}' is the input '{name}'; choose another name, the input"
                    " stays as it is."
                )


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
