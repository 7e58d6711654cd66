"""Paths in a scenario's data: relative ones start at a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from isp import registry
from isp.params import path_parameters

_PATHS: Final = (
    ("input", "files"),
    ("detect", "dark"),
    ("detect", "flat"),
    ("defects", "map"),
    ("stages",),
    ("sensor",),
)
_STAGES: Final = (("pipeline",), ("correctors",), ("detect", "method"))
_SHAPES: Final = (("defects", "population", "shape"), ("defects", "population", "groups", "shape"))

Place = tuple[str | int, ...]


def rooted(
    value: Any, folder: Path, path: tuple[str, ...] = (), *, home: Path | None = None
) -> Any:
    """The data with every relative path that is a key of the scenario made to start at a folder.

    What lies in the folder ``home``, or below it, is named from there: the two may be moved together.
    """
    if isinstance(value, dict):
        return {
            key: rooted(inner, folder, (*path, str(key)), home=home) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [rooted(inner, folder, path, home=home) for inner in value]
    is_preset = path == ("sensor",) and not registry.is_sensor_file(str(value))
    if path not in _PATHS or not isinstance(value, str) or is_preset:
        return value
    whole = (folder / value).parent.resolve() / Path(value).name  # a link goes by its own name
    if home is not None and whole.is_relative_to(home):
        return str(whole.relative_to(home))
    return str(folder / value)


def rooted_stages(
    value: Any,
    folder: Path,
    kept: Callable[[Place], bool] = lambda _: False,
    place: Place = (),
) -> Any:
    """The same for the parameters of stages that are paths; the stages must be known by now.

    Parameters
    ----------
    value : any
        The data.
    folder : Path
        Where relative paths start.
    kept : callable
        Whether what stands in a place stays as it is: what an option gave.
    place : tuple
        Where in the scenario the data stand.
    """
    keys = tuple(key for key in place if isinstance(key, str))
    if isinstance(value, dict):
        if keys in _STAGES and len(value) == 1:
            ((name, params),) = value.items()
            return {name: _rooted_parameters(name, params, folder, kept, (*place, name))}
        if keys in _SHAPES:
            return _rooted_parameters(value.get("name"), value, folder, kept, place)
        return {k: rooted_stages(v, folder, kept, (*place, str(k))) for k, v in value.items()}
    if isinstance(value, list):
        return [rooted_stages(v, folder, kept, (*place, i)) for i, v in enumerate(value)]
    return value


def _rooted_parameters(
    name: Any, params: Any, folder: Path, kept: Callable[[Place], bool], place: Place
) -> Any:
    if not isinstance(params, dict) or name not in registry.stage_names():
        return params
    found = dict(params)
    for key in path_parameters(registry.info(name)):
        value = found.get(key)
        if isinstance(value, str) and value and not kept((*place, key)):
            found[key] = str(folder / value)
    return found
