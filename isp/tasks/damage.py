"""From a scenario's ``defects`` to the ways of damaging a frame."""

from __future__ import annotations

from isp.bound import stage
from isp.comparison.damage import INJECTOR, protocol_variants, variant_of
from isp.comparison.subject import Variant
from isp.errors import ScenarioError
from isp.scenario.model import Scenario
from isp.tasks.inputs import sensor_of


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
        return protocol_variants("/".join(filter(None, (spec.protocol, spec.variant))))
    if spec.population is not None:
        return [variant_of("population", "", stage(INJECTOR, population=spec.population))]
    sensor = sensor_of(scenario)
    injector = stage(INJECTOR, population=sensor.population)
    return [variant_of(f"sensor {sensor.name}", "", injector)]
