"""Opening a scenario's inputs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from isp import registry
from isp.comparison.subject import Input, Subject
from isp.defects import DefectMap
from isp.errors import ScenarioError
from isp.frame import RawFrame
from isp.io.frames import read
from isp.io.hints import ReadHints
from isp.io.maps import read_map
from isp.io.photograph import is_photograph, read_photograph
from isp.photograph import plain, unprocessed
from isp.scenario.model import InputSpec, Scenario, SceneSpec
from isp.seeds import child_rng
from isp.sensor import IndividualSensor, Picture, SensorLike

SCENE = "scene"
DEFAULT_SENSOR = "phone"


def hints(spec: InputSpec) -> ReadHints:
    """What the scenario says of headerless input."""
    width, height = (int(n) for n in spec.size.lower().split("x")) if spec.size else (0, 0)
    return ReadHints(
        cfa=spec.cfa,
        size=(width, height) if spec.size else None,
        bits=spec.bits,
        black_dn=spec.black_dn,
        white_dn=spec.white_dn,
    )


def names(scenario: Scenario) -> list[str]:
    """The inputs' names: files, or ``scene``; none where darks and flats are all there is."""
    return list(scenario.input.files) if scenario.input.scene is None else [SCENE]


def sources(scenario: Scenario) -> list[Input]:
    """The inputs, each to be opened when its turn comes."""
    if scenario.input.scene is not None:
        return [Input(SCENE, partial(subject, scenario, SCENE))]
    return [Input.at(name, partial(subject, scenario, name)) for name in names(scenario)]


def sensor_of(scenario: Scenario) -> SensorLike:
    """The scenario's sensor (the default preset where none is named)."""
    return registry.load_sensor(scenario.sensor or DEFAULT_SENSOR)


def exposure(spec: SceneSpec) -> dict[str, float]:
    """Exposure settings of a scene, those given."""
    settings = spec.model_dump(include={"exposure_s", "temperature_c", "gain"})
    return {name: value for name, value in settings.items() if value is not None}


def open_input(scenario: Scenario, name: str) -> RawFrame:
    """One input as a raw frame.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    return subject(scenario, name).frame


def subject(scenario: Scenario, name: str) -> Subject:
    """One input with what is known of its truth: raw files as they are, photographs as mosaics."""
    spec = scenario.input
    rng = child_rng(scenario.seed, "input", Path(name).name)
    if spec.scene is not None:
        sensor = sensor_of(scenario)
        picture = sensor.scene((spec.scene.height, spec.scene.width), rng)
        frame, reference = sensor.expose_with_reference(picture, rng, **exposure(spec.scene))
        return Subject(name, frame, reference)
    if spec.cfa is not None or not is_photograph(name):
        return Subject(name, read(name, hints(spec)))
    picture = read_photograph(name)
    if spec.photograph == "plain":
        return Subject(name, *plain(picture))
    return Subject(name, *unprocessed(picture, rng, sensor_of(scenario)))


def scene_and_chip(scenario: Scenario, spec: SceneSpec) -> tuple[Picture, IndividualSensor]:
    """The synthetic scene, and the individual sensor that the seed stands for."""
    sensor = sensor_of(scenario)
    shape = (spec.height, spec.width)
    picture = sensor.scene(shape, child_rng(scenario.seed, "input", "scene"))
    return picture, sensor.chip(shape, child_rng(scenario.seed, "chip"))


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
