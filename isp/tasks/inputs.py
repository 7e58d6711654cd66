"""Opening a scenario's inputs."""

from __future__ import annotations

from typing import Any

from isp import registry
from isp.defects import DefectMap
from isp.errors import ScenarioError
from isp.frame import RawFrame
from isp.io import ReadHints, read, read_map
from isp.scenario.model import InputSpec, Scenario
from isp.seeds import child_rng

SCENE = "scene"
DEFAULT_SENSOR = "phone"


def hints(spec: InputSpec) -> ReadHints:
    """What the scenario says of headerless input."""
    width, height = (int(n) for n in spec.size.split("x")) if spec.size else (0, 0)
    return ReadHints(
        cfa=spec.cfa,
        size=(width, height) if spec.size else None,
        bits=spec.bits,
        black_dn=spec.black_dn,
        white_dn=spec.white_dn,
    )


def names(scenario: Scenario) -> list[str]:
    """The inputs' names: files, or ``scene``."""
    return list(scenario.input.files) or [SCENE]


def sensor_of(scenario: Scenario) -> Any:
    """The scenario's sensor (the default preset where none is named)."""
    return registry.load_sensor(scenario.sensor or DEFAULT_SENSOR)


def open_input(scenario: Scenario, name: str) -> RawFrame:
    """One input as a raw frame.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    spec = scenario.input
    if spec.scene is None:
        return read(name, hints(spec))
    scene = spec.scene
    exposure: RawFrame = sensor_of(scenario).shoot_scene(
        (scene.height, scene.width),
        child_rng(scenario.seed, "scene"),
        exposure_s=scene.exposure_s,
        temperature_c=scene.temperature_c,
        gain=scene.gain,
    )
    return exposure


def single(scenario: Scenario) -> RawFrame:
    """The only input of a task that takes one. Raises `ScenarioError` where there are more."""
    given = names(scenario)
    if len(given) != 1:
        raise ScenarioError(f"'{scenario.task}' takes one input; got {len(given)}.")
    return open_input(scenario, given[0])


def given_map(scenario: Scenario, frame: RawFrame) -> DefectMap | None:
    """The defect map that the scenario names, checked against the frame; None where it names none."""
    if scenario.defects is None or scenario.defects.map is None:
        return None
    defects = read_map(scenario.defects.map, frame=frame)
    defects.check_fits(frame)
    return defects
