"""Parameters of stages: models made from the functions' typed signatures.

Stages that share parameters take a `ParameterSet` as one keyword-only argument. Its fields are
parameters like any other: users give them by name and do not see the set.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Annotated, Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from isp.errors import StageError
from isp.registry import StageInfo
from isp.words import nearest

_PATH: Final = {"format": "path"}
FilePath = Annotated[str, Field(json_schema_extra=_PATH)]
"""Type of a parameter that is a file's path, empty for none: in a scenario it starts at its folder."""


class ParameterSet(BaseModel):
    """Parameters that several stages share, each with its type, bounds, description and default."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@cache
def parameter_sets(info: StageInfo) -> dict[str, type[ParameterSet]]:
    """The sets that a stage takes, by the names of its arguments."""
    hints = get_type_hints(info.function, include_extras=True)
    return {
        name: hints[name]
        for name in inspect.signature(info.function).parameters
        if isinstance(hints.get(name), type) and issubclass(hints[name], ParameterSet)
    }


def arguments(info: StageInfo, params: Mapping[str, Any]) -> dict[str, Any]:
    """A stage's keyword arguments from its checked parameters: those of a set are put together."""
    rest = dict(params)
    sets = {
        name: one(**{field: rest.pop(field) for field in one.model_fields})
        for name, one in parameter_sets(info).items()
    }
    return {**rest, **sets}


@cache
def _model(info: StageInfo) -> type[BaseModel]:
    hints = get_type_hints(info.function, include_extras=True)
    sets = parameter_sets(info)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(info.function).parameters.items():
        if name in sets:
            told = sets[name].model_fields.items()
            fields |= {field: (about.annotation, copy(about)) for field, about in told}
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (hints[name], default)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    return create_model(f"{info.name}_parameters", __config__=config, **fields)


def parameter_model(info: StageInfo) -> type[BaseModel]:
    """The pydantic model of a stage's keyword-only parameters (types, units, bounds, defaults)."""
    return _model(info)


def path_parameters(info: StageInfo) -> list[str]:
    """Names of a stage's parameters that are paths."""
    fields = parameter_model(info).model_fields
    return [name for name, about in fields.items() if about.json_schema_extra == _PATH]


def validate(info: StageInfo, given: dict[str, Any]) -> dict[str, Any]:
    """Parameters checked and completed with the defaults.

    Raises
    ------
    StageError
        For an unknown name (the nearest is named), a wrong type or a value out of bounds.
    """
    model = parameter_model(info)
    try:
        checked = model(**given)
    except ValidationError as error:
        raise StageError(_sentence(info.name, model, error)) from None
    return {name: getattr(checked, name) for name in model.model_fields}


def _sentence(stage: str, model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden" and len(first["loc"]) > 1:
        return f"Stage '{stage}' does not know the key '{key}'."
    if first["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields) or "none"
        return (
            f"Stage '{stage}' has no parameter '{key}'.{nearest(key, model.model_fields)}"
            f" Its parameters: {known}."
        )
    return f"Stage '{stage}', parameter '{key}': {first['msg']}; got {_short(first['input'])}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
