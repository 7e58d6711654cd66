"""Scenarios from files and from plain data, checked; errors name file, line and the nearest key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from isp import registry
from isp.bound import Stage, stage
from isp.comparison.maps import check_detector
from isp.errors import IspError, ScenarioError
from isp.files import atomic
from isp.params import validate
from isp.pipeline import CORRECT, INJECT
from isp.scenario.model import DetectSpec, Scenario, StageEntry
from isp.scenario.source import Source, override, read_source
from isp.words import nearest

_PATHS = (
    ("input", "files"),
    ("detect", "dark"),
    ("detect", "flat"),
    ("defects", "map"),
    ("stages",),
    ("sensor",),
)


def load(path: Path | str, assignments: Iterable[str] = ()) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : path
        The YAML file; relative paths in it start at its folder.
    assignments : iterable of str
        ``key=value`` overrides.

    Raises
    ------
    ScenarioError
        For anything wrong in it; the sentence names file, line and the nearest valid key.
    """
    source = read_source(path)
    data = _rooted(source.data, Path(path).resolve().parent)
    for assignment in assignments:
        data = override(data, assignment)
    return check(Source(source.name, data, source.lines))


def build(data: dict[str, Any], assignments: Iterable[str] = ()) -> Scenario:
    """A scenario from plain data (a command's options)."""
    data = {"version": 1, **data}
    for assignment in assignments:
        data = override(data, assignment)
    return check(Source("the command line", data, {}))


def check(source: Source) -> Scenario:
    """Validate data against the models and the stages at hand. Raises `ScenarioError`."""
    try:
        scenario = Scenario.model_validate(source.data)
    except ValidationError as error:
        raise ScenarioError(_sentence(source, error)) from None
    for file in scenario.stages:
        registry.register_file(file)
    for key in ("pipeline", "correctors"):
        for index, entry in enumerate(getattr(scenario, key)):
            _check_stage(source, (key, index), entry)
    if scenario.detect is not None:
        _check_method(source, scenario.detect)
    return scenario


def split_entry(entry: StageEntry) -> tuple[str, dict[str, Any]]:
    """Name and given parameters of a stage entry."""
    if isinstance(entry, str):
        return entry, {}
    name, params = next(iter(entry.items()))
    return name, dict(params or {})


def bound_entry(entry: StageEntry) -> Stage:
    """The stage of a stage entry, with its parameters."""
    name, params = split_entry(entry)
    return stage(name, **params)


def _check_stage(source: Source, path: tuple[str | int, ...], entry: StageEntry) -> None:
    if isinstance(entry, dict) and len(entry) != 1:
        raise ScenarioError(f"{source.place(path)}: a stage is a name or {{name: parameters}}.")
    name, params = split_entry(entry)
    if name in (INJECT, CORRECT):
        return
    try:
        validate(registry.info(name), params)
    except IspError as error:
        raise ScenarioError(f"{source.place(path)}: {error}") from None


def _check_method(source: Source, spec: DetectSpec) -> None:
    path = ("detect", "method")
    _check_stage(source, path, spec.method)
    # Darks and flats say nothing to an on-the-fly block.
    kinds: tuple[registry.Kind, ...] = ("detector",) if spec.dark or spec.flat else ()
    try:
        check_detector(bound_entry(spec.method), *kinds)
    except IspError as error:
        raise ScenarioError(f"{source.place(path)}: {error}") from None


def _sentence(source: Source, error: ValidationError) -> str:
    first = error.errors()[0]
    path = tuple(first["loc"])
    key = str(path[-1]) if path else ""
    where = source.place(path)
    if first["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        return f"{where}: unknown key '{key}'.{nearest(key, known)} Known: {', '.join(known)}."
    if first["type"] == "missing":
        return f"{where}: the key '{'.'.join(map(str, path))}' is missing."
    message = first["msg"].removeprefix("Value error, ")
    given = f"; got {first['input']!r}" if not isinstance(first["input"], dict | list) else ""
    return f"{where}: {'.'.join(map(str, path))}: {message}{given}."


def _known_keys(path: tuple[str | int, ...]) -> list[str]:
    """Keys of the model that a path leads to."""
    model: type[BaseModel] = Scenario
    for part in path:
        field = model.model_fields.get(str(part))
        inner = (
            [] if field is None else [field.annotation, *getattr(field.annotation, "__args__", ())]
        )
        nested = [t for t in inner if isinstance(t, type) and issubclass(t, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)


def _rooted(value: Any, folder: Path, path: tuple[str, ...] = ()) -> Any:
    """The data with every relative path in it made to start at the scenario's folder."""
    if isinstance(value, dict):
        return {key: _rooted(inner, folder, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rooted(inner, folder, path) for inner in value]
    is_preset = path == ("sensor",) and not str(value).endswith((".yaml", ".yml"))
    if path not in _PATHS or not isinstance(value, str) or is_preset:
        return value
    return str(folder / value)


def save(scenario: Scenario, path: Path | str, *, force: bool = False) -> None:
    """Write a scenario, resolved: paths absolute, defaults spelled out."""
    data = scenario.model_dump(mode="json", exclude_none=True)
    data = _rooted(data, Path.cwd())  # a scenario's own paths start at its folder
    with atomic(path, force=force) as temporary:
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
        temporary.write_text(
            "# A scenario of ispsim: 'isp run' of this file gives the same pixels.\n" + text
        )
