"""Which task a scenario asks for; tasks of one output write it into the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isp.comparison.run import Progress
from isp.errors import ScenarioError
from isp.scenario.model import Scenario


def dispatch(
    scenario: Scenario, folder: Path, *, force: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run the scenario's task.

    Raises
    ------
    ScenarioError
        If the scenario does not say the name of the task's output.
    """
    if scenario.task == "run":
        from isp.tasks.run import run

        return run(scenario, folder, force=force, progress=progress)
    if scenario.task == "compare":
        from isp.tasks.compare import compare

        return compare(scenario, folder, force=force, progress=progress)
    if not scenario.output:
        raise ScenarioError(f"A scenario of task '{scenario.task}' needs 'output', a file's name.")
    return _single(scenario, folder / Path(scenario.output).name, force)


def _single(scenario: Scenario, output: Path, force: bool) -> dict[str, Any]:
    if scenario.task == "develop":
        from isp.tasks.develop import develop

        return develop(scenario, output, force=force)
    if scenario.task == "correct":
        from isp.tasks.correct import correct

        return correct(scenario, output, force=force)
    if scenario.task == "detect":
        from isp.tasks.detect import detect

        return detect(scenario, output, force=force)
    from isp.tasks.simulate import simulate

    return simulate(scenario, output, force=force)
