"""``isp simulate``: a sensor's damage on a file, or a whole sensor on the synthetic scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isp.bound import stage
from isp.comparison.damage import INJECTOR
from isp.comparison.prepare import with_noise
from isp.exchange import Injection
from isp.io.maps import check_map_suffix, write_map
from isp.io.output import check_suffix, write
from isp.scenario.model import Scenario
from isp.seeds import child_rng
from isp.tasks.detect import describe
from isp.tasks.inputs import exposure, scene_and_chip, sensor_of, single
from isp.tasks.outputs import check_single, save_beside, truth_beside
from isp.tasks.sequence import simulate_sequence


def simulate(
    scenario: Scenario, output: Path, *, map_output: Path | None = None, force: bool = False
) -> dict[str, Any]:
    """Write the damaged frame and its truth map (beside it where no place is given).

    A file is damaged in its raw DN; a scene is exposed in electrons, defects included. A scenario with
    a sequence gives many frames: see `isp.tasks.sequence`.

    Raises
    ------
    FileError
        If an output cannot be written, or is there and ``force`` is not given: nothing is written then.
    """
    check_suffix(output, "mosaic")
    if scenario.sequence is not None:
        return simulate_sequence(scenario, output, map_output=map_output, force=force)
    truth_path = map_output or truth_beside(output)
    check_single(scenario, output, truth_path, force=force)
    check_map_suffix(truth_path, with_frame=True)
    injection = _exposed(scenario) if scenario.input.scene is not None else _damaged(scenario)
    write(output, injection.frame, force=force)
    write_map(truth_path, injection.truth, frame=injection.frame, force=force)
    save_beside(scenario, output, force=force)
    return {"output": str(output), "map": str(truth_path), **describe(injection.truth)}


def _damaged(scenario: Scenario) -> Injection:
    injector = stage(INJECTOR, population=sensor_of(scenario).population)
    frame = with_noise(single(scenario))  # charge becomes DN by its gain
    injection: Injection = injector(frame, child_rng(scenario.seed, INJECTOR))
    return injection


def _exposed(scenario: Scenario) -> Injection:
    spec = scenario.input.scene
    if spec is None:
        return _damaged(scenario)
    picture, chip = scene_and_chip(scenario, spec)
    taken = chip.expose(picture, child_rng(scenario.seed, "exposure"), **exposure(spec))
    return Injection(taken.frame, taken.truth)
