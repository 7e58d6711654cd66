"""Parameters of stages: models made from the functions' typed signatures."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from isp.errors import StageError
from isp.registry import StageInfo
from isp.words import nearest


@cache
def _model(info: StageInfo) -> type[BaseModel]:
    hints = get_type_hints(info.function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(info.function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (hints[name], default)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    return create_model(f"{info.name}_parameters", __config__=config, **fields)


def parameter_model(info: StageInfo) -> type[BaseModel]:
    """The pydantic model of a stage's keyword-only parameters (types, units, bounds, defaults)."""
    return _model(info)


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
