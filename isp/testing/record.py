"""What every stage says of itself, and the way a failed property is told."""

from __future__ import annotations

import inspect

from isp.errors import StageCheckError
from isp.params import ParameterSet, parameter_model, parameter_sets
from isp.registry import ANY_CFA, StageInfo


def require(holds: bool, info: StageInfo, promise: str, found: str = "") -> None:
    """Raise `StageCheckError` unless a property holds.

    Parameters
    ----------
    holds : bool
        Whether it does.
    info : StageInfo
        The stage under test.
    promise : str
        The property, as what the stage must do: ``must leave good pixels alone``.
    found : str
        Where and how it failed.
    """
    if not holds:
        raise StageCheckError(
            f"{info.kind.capitalize()} '{info.name}' {promise}{': ' if found else ''}{found}."
        )


def check(info: StageInfo) -> None:
    """Check a stage's record: name, summary, reference, CFAs, documented keyword parameters."""
    require(info.function.__name__ == info.name, info, "must be registered by its function's name")
    require(bool(info.summary.strip()), info, "must have a docstring that begins with a summary")
    told = info.kind == "shape" or bool(info.reference.strip())
    require(told, info, "must name the literature it comes from")
    known = bool(info.cfas) and set(info.cfas) <= set(ANY_CFA)
    require(known, info, f"must declare CFA families out of {', '.join(ANY_CFA)}", str(info.cfas))
    sets = (base for one in parameter_sets(info).values() for base in one.__mro__)
    documented = (info.function, *(one for one in sets if issubclass(one, ParameterSet)))
    text = "\n".join(inspect.getdoc(one) or "" for one in documented)
    for name in parameter_model(info).model_fields:
        require(name in text, info, "must document its parameters", f"'{name}' is not explained")
