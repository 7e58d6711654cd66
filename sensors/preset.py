"""Load sensor presets: YAML files in which every figure names its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from isp.errors import ScenarioError
from isp.words import nearest
from sensors.ageing import aged
from sensors.sensor import Sensor

FOLDER = Path(__file__).parent / "presets"
_PLAIN = ("summary", "cfa", "rows", "cols")


def names() -> list[str]:
    """Names of all presets, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str | Path) -> Sensor:
    """Load a preset by name, or any YAML file of the same form by path.

    Every figure is ``key: {value: ..., source: ...}``; ``source: chosen`` marks what has none.

    Parameters
    ----------
    name : str or path
        A preset's name, or a path that ends in ``.yaml`` or ``.yml``.

    Returns
    -------
    Sensor

    Raises
    ------
    ScenarioError
        If there is no such preset or file, a figure has no source, or a value does not fit.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        if str(name) not in names():
            known = ", ".join(names())
            raise ScenarioError(
                f"There is no sensor '{name}'.{nearest(str(name), names())} Known: {known}."
            )
        path = FOLDER / f"{name}.yaml"
    return _parsed(path, _read(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ScenarioError(f"'{path}' cannot be read as a sensor: {reason}.") from None
    if not isinstance(data, dict):
        raise ScenarioError(f"'{path}' is no sensor: a mapping of figures is expected.")
    return data


def _parsed(path: Path, data: dict[str, Any]) -> Sensor:
    values: dict[str, Any] = {"name": path.stem}
    sources: dict[str, str] = {}
    for key, given in data.items():
        if key in _PLAIN:
            values[key] = given
            continue
        if not isinstance(given, dict) or not {"value", "source"} == set(given):
            raise ScenarioError(
                f"'{path}', '{key}': give every figure as {{value: ..., source: ...}}; 'source:"
                " chosen' marks a figure without one."
            )
        values[key], sources[key] = given["value"], str(given["source"])
    try:
        return _grown_old(Sensor(**values, sources=sources))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        hint = nearest(place, Sensor.model_fields) if first["type"] == "extra_forbidden" else ""
        raise ScenarioError(f"'{path}', '{place}': {first['msg']}.{hint}") from None


def _grown_old(sensor: Sensor) -> Sensor:
    """The sensor with the hot pixels of its age."""
    if sensor.age_years == 0:
        return sensor
    population = aged(
        sensor.population, sensor.pixel_um, sensor.base_iso, sensor.age_years, sensor.technology
    )
    return sensor.model_copy(update={"population": population})
