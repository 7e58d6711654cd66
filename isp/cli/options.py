"""Option values that several commands read the same way."""

import re
from pathlib import Path
from typing import Any

import typer

from isp.cli.common import Common

_PART = re.compile(r"""(?:\[[^\]]*\]|'[^']*'|"[^"]*"|[^,])+""")  # commas of lists and texts stay
_CALL = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$", re.DOTALL)
_SCENE = re.compile(r"^scene(?::(\d+)[xX](\d+))?$")


def stage_entry(text: str) -> Any:
    """A stage entry of a scenario from ``name`` or ``name(key=value, ...)``."""
    match = _CALL.match(text)
    if match is None:
        raise typer.BadParameter(f"'{text}' is not a stage: write name or name(key=value, ...).")
    name, inside = match.groups()
    if not inside:
        return name
    params: dict[str, Any] = {}
    for part in _PART.findall(inside):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise typer.BadParameter(f"'{part.strip()}' in '{text}' is not key=value.")
        if key in params:
            raise typer.BadParameter(f"'{key}' stands in '{text}' a second time.")
        params[key] = _value(value, text)
    return {name: params}


def _value(word: str, text: str) -> Any:
    """A parameter's value, read as a scenario reads it."""
    from isp.errors import ScenarioError
    from isp.scenario.source import parse_source

    try:
        return parse_source(f"value: {word}", text).data["value"]
    except ScenarioError:
        raise typer.BadParameter(
            f"'{word}' in '{text}' is no value in YAML; write text with other signs in quotes."
        ) from None


def stage_entries(text: str) -> list[Any]:
    """Stage entries from a list with commas (commas inside brackets belong to parameters)."""
    parts = re.split(r",(?![^(]*\))", text)
    return [stage_entry(part) for part in parts if part.strip()]


def ramp(text: str | None, option: str) -> list[float] | float | None:
    """A setting of a sequence: ``A`` for all frames, or ``A:B`` from the first to the last."""
    if text is None:
        return None
    try:
        ends = [float(part) for part in text.split(":")]
    except ValueError:
        ends = []
    if len(ends) not in (1, 2):
        raise typer.BadParameter(f"{option} takes a number, or FIRST:LAST; got '{text}'.")
    return ends[0] if len(ends) == 1 else ends


def _is_scene(name: str) -> bool:
    """Whether an input among others is meant as the synthetic scene, and is no file."""
    return _SCENE.match(name) is not None and not Path(name).exists()


def input_section(inputs: list[str], common: Common) -> dict[str, Any]:
    """A scenario's ``input``: files, or the synthetic scene for ``scene`` and ``scene:WxH``."""
    if len(inputs) > 1 and (named := [one for one in inputs if _is_scene(one)]):
        raise typer.BadParameter(
            f"'{named[0]}' stands alone: it is the synthetic scene, and no file beside others. Give it"
            " by itself, or files only."
        )
    match = _SCENE.match(inputs[0]) if len(inputs) == 1 else None
    if match is None:
        return {"files": inputs, **common.input_keys()}
    width, height = match.groups()
    scene = {"width": int(width), "height": int(height)} if width else {}
    return {"scene": scene, **common.input_keys()}  # which a scene refuses
