"""From a scenario's ``defects`` to the ways of damaging a frame."""

from __future__ import annotations

from functools import partial

import numpy as np

from isp import protocols
from isp.compare.subject import Variant
from isp.errors import ScenarioError
from isp.exchange import Injection
from isp.frame import RawFrame
from isp.scenario.model import Scenario
from isp.stage import Stage, stage
from isp.tasks.inputs import sensor_of

INJECTOR = "clusters"


def variants(scenario: Scenario) -> list[Variant]:
    """The ways to damage a frame that the scenario names: each variant of its protocol, or one.

    Raises
    ------
    ScenarioError
        If the scenario damages nothing.
    """
    spec = scenario.defects
    if spec is None or spec.map is not None:
        raise ScenarioError(
            f"'{scenario.task}' needs damage with a known truth: give defects.protocol,"
            " defects.population, or a sensor with defects.sensor: true."
        )
    if spec.protocol:
        protocol = protocols.load(spec.protocol)
        protocol.variant(spec.variant or "")  # raises where there is none
        chosen = [spec.variant] if spec.variant else list(protocol.variants)
        return [
            _variant(spec.protocol, one, stage(INJECTOR, protocol=spec.protocol, variant=one))
            for one in chosen
        ]
    if spec.population is not None:
        return [_variant("population", "", stage(INJECTOR, population=spec.population))]
    sensor = sensor_of(scenario)
    return [_variant(f"sensor {sensor.name}", "", stage(INJECTOR, population=sensor.population))]


def _variant(protocol: str, name: str, injector: Stage) -> Variant:
    return Variant(protocol, name, partial(_inject, injector))


def _inject(injector: Stage, frame: RawFrame, rng: np.random.Generator) -> Injection:
    injection: Injection = injector(frame, rng)
    return injection
