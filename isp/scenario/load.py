"""Scenarios from files and from plain data, checked; errors name file, line and the nearest key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from isp import protocols, registry
from isp.bound import Stage, stage
from isp.comparison.develop import Development
from isp.comparison.maps import check_detector
from isp.errors import IspError, MissingDependencyError, ScenarioError
from isp.files import atomic
from isp.params import validate
from isp.pipeline import CORRECT, INJECT, Pipeline
from isp.scenario.model import DetectSpec, Scenario, StageEntry
from isp.scenario.paths import rooted, rooted_stages
from isp.scenario.source import COMMAND_LINE, Source, read_source
from isp.words import nearest


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
        For anything wrong in it; the sentence names file, line and the nearest valid key. Of what an
        override gave it is a `UsageError`.
    """
    source = read_source(path)
    folder = Path(path).resolve().parent
    data = rooted(source.data, folder)
    return check(Source(source.name, data, source.lines).overridden(assignments), folder)


def build(data: dict[str, Any], assignments: Iterable[str] = ()) -> Scenario:
    """A scenario from plain data (a command's options). Raises `UsageError`."""
    return check(Source(COMMAND_LINE, {"version": 1, **data}, {}).overridden(assignments))


def check(source: Source, folder: Path | None = None) -> Scenario:
    """Validate data against the models and the stages at hand. Raises `ScenarioError`.

    Relative paths among the parameters of stages start at ``folder``, where it is given, but for those
    that an override gave.
    """
    try:
        scenario = Scenario.model_validate(source.data)
    except ValidationError as error:
        raise _wrong(source, error) from None
    for file in scenario.stages:
        registry.register_file(file)
    _check_names(source, scenario)
    for key in ("pipeline", "correctors"):
        for index, entry in enumerate(getattr(scenario, key)):
            _check_stage(source, (key, index), entry)
    with _placed(source, ("pipeline",)):
        Pipeline.of(scenario.pipeline)  # its order
    if scenario.detect is not None:
        _check_method(source, scenario.detect)
    if folder is None:
        return scenario
    return Scenario.model_validate(rooted_stages(source.data, folder, source.is_replaced))


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
        raise source.error(path, "a stage is a name or {name: parameters}.")
    name, params = split_entry(entry)
    if name in (INJECT, CORRECT):
        return
    with _placed(source, path):
        validate(registry.info(name), params)


def _check_method(source: Source, spec: DetectSpec) -> None:
    path = ("detect", "method")
    _check_stage(source, path, spec.method)
    # Darks and flats say nothing to an on-the-fly block.
    kinds: tuple[registry.Kind, ...] = ("detector",) if spec.dark or spec.flat else ()
    with _placed(source, path):
        check_detector(bound_entry(spec.method), *kinds)


def _check_names(source: Source, scenario: Scenario) -> None:
    """Refuse names that stand for nothing, or for something else, before anything is opened."""
    if scenario.sensor is not None and not registry.is_sensor_file(scenario.sensor):
        with _placed(source, ("sensor",)):
            registry.load_sensor(scenario.sensor)
    if scenario.compare.demosaic is not None:
        with _placed(source, ("compare", "demosaic")):
            Development(scenario.compare.demosaic)
    if scenario.defects is not None and scenario.defects.protocol:
        with _placed(source, ("defects", "protocol")):
            protocols.load(scenario.defects.protocol).variant(scenario.defects.variant or "")


@contextmanager
def _placed(source: Source, path: tuple[str | int, ...]) -> Iterator[None]:
    """Say where in the source a value stands that the block refuses."""
    try:
        yield
    except MissingDependencyError as error:  # of the installation: no fault of the value
        raise ScenarioError(f"{source.place(path)}: {error}") from None
    except IspError as error:
        raise source.error(path, str(error)) from None


def _wrong(source: Source, error: ValidationError) -> ScenarioError:
    first = error.errors()[0]
    path = tuple(first["loc"])
    key = str(path[-1]) if path else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        hint = nearest(key, known)
        return source.error(path, f"unknown key '{key}'.{hint} Known: {', '.join(known)}.")
    if first["type"] == "missing":
        return source.error(path, f"the key '{'.'.join(map(str, path))}' is missing.")
    message = first["msg"].removeprefix("Value error, ").removesuffix(".")
    given = f"; got {first['input']!r}" if not isinstance(first["input"], dict | list) else ""
    return source.error(path, f"{'.'.join(map(str, path))}: {message}{given}.")


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


def save(scenario: Scenario, path: Path | str, *, force: bool = False) -> None:
    """Write a scenario, resolved: defaults spelled out, paths absolute or within its own folder."""
    data = scenario.model_dump(mode="json", exclude_none=True)
    data = rooted_stages(data, Path.cwd())
    data = rooted(data, Path.cwd(), home=Path(path).parent.resolve())
    with atomic(path, force=force) as temporary:
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
        temporary.write_text(
            "# A scenario of ispsim: 'isp run' of this file gives the same pixels.\n" + text
        )
