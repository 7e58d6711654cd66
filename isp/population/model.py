"""A whole population: groups of defects, some of them from a sensor grade."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from isp.population import grade
from isp.population.amounts import Model
from isp.population.groups import Group
from isp.settings import EXPOSURE_S, TEMPERATURE_C


class Population(Model):
    """All defects of a sensor; groups are placed in their order, so large clusters come first.

    ``exposure_s`` and ``temperature_c`` are assumed for frames that do not say theirs: defects given in
    electrons per second need both. A bare list is taken as the groups; ``grade`` in the data adds the
    groups of a sensor grade (`isp.population.grade`), ``grade_scale`` times as many defects as it allows.
    """

    groups: tuple[Group, ...] = ()
    exposure_s: Annotated[float, Field(ge=0, le=EXPOSURE_S[1])] = 1 / 60
    temperature_c: Annotated[float, Field(ge=TEMPERATURE_C[0], le=TEMPERATURE_C[1])] = 20.0

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        if isinstance(data, list | tuple):
            return {"groups": data}
        if not isinstance(data, dict) or "grade" not in data:
            return data
        rest = {key: value for key, value in data.items() if not key.startswith("grade")}
        of_grade = grade.load(data["grade"]).groups(float(data.get("grade_scale", 1.0)))
        return {**rest, "groups": [*of_grade, *rest.get("groups", ())]}
