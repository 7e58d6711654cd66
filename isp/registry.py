"""The one registry: a frozen record for each stage, found through entry points, files and imports.

A stage is a function with the `stage` decorator. Packages announce theirs by an entry point of the
group ``ispsim.stages`` that leads to a function returning ``{name: "module:function"}``; nothing is
imported until a stage is asked for. A user's own file is registered with `register_file`.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from isp.errors import IspError, MissingDependencyError, StageError
from isp.words import nearest

if TYPE_CHECKING:
    from isp.sensor import SensorLike

Kind = Literal[
    "level",
    "injector",
    "detector",
    "dpc",
    "corrector",
    "temporal",
    "blind",
    "naive",
    "demosaic",
    "colour",
    "shape",
    "trainer",
]
log = logging.getLogger(__name__)

STAGE_GROUP = "ispsim.stages"
SENSOR_GROUP = "ispsim.sensors"
BAYER = ("bayer",)
BAYER_MONO = ("bayer", "mono")
ANY_CFA = ("bayer", "quad", "xtrans", "mono", "other")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class StageInfo:
    """What a stage says of itself.

    Parameters
    ----------
    name : str
        The function's name; what scenarios and the command line say.
    kind : str
        What goes in and what comes out (see the README of ``stages``).
    summary : str
        First line of the docstring.
    reference : str
        Author, title, year of the method.
    cfas : tuple of str
        CFA families it works on: ``bayer``, ``quad``, ``xtrans``, ``mono``, ``other``.
    local : bool
        Whether the function plans a `LocalOp` (a strip operator) from a frame's metadata.
    domain : str
        ``raw`` or ``rgb``: what the stage takes (naive stages exist on both).
    requires : str
        Extra to install for it, empty where none.
    function : callable
        The stage itself.
    uses_marked : bool
        Whether a corrector looks at marked pixels too: a known fault of an opponent, kept as it is.
    learned : bool
        Whether it was trained: comparisons set it against the best stage that was not.
    frames : tuple of str
        What a detector looks at of ``scene``, ``dark`` and ``flat``; empty: at whatever is there.
    """

    name: str
    kind: Kind
    summary: str
    reference: str
    cfas: tuple[str, ...]
    local: bool
    domain: Literal["raw", "rgb"]
    requires: str
    function: Callable[..., Any]
    uses_marked: bool = False
    learned: bool = False
    frames: tuple[str, ...] = ()


def stage(
    kind: Kind,
    *,
    reference: str,
    cfas: tuple[str, ...] = ANY_CFA,
    local: bool = False,
    domain: Literal["raw", "rgb"] | None = None,
    requires: str = "",
    uses_marked: bool = False,
    learned: bool = False,
    frames: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Declare a function to be a stage; its keyword-only parameters become the stage's parameters."""

    def decorate(function: F) -> F:
        info = StageInfo(
            name=function.__name__,
            kind=kind,
            summary=(inspect.getdoc(function) or "").split("\n", 1)[0],
            reference=reference,
            cfas=cfas,
            local=local,
            domain=domain or ("rgb" if kind == "colour" else "raw"),
            requires=requires,
            function=function,
            uses_marked=uses_marked,
            learned=learned,
            frames=frames,
        )
        function.__stage__ = info  # type: ignore[attr-defined]
        return function

    return decorate


_own: dict[str, tuple[Path, StageInfo]] = {}
"""Stages of the user's files, and the file that each is from."""


@cache
def _tables(group: str) -> dict[str, str]:
    """Name → ``module:function`` of every package that announces a table; a broken one is left out."""
    merged: dict[str, str] = {}
    for point in sorted(entry_points(group=group), key=lambda p: (p.name != "builtin", p.name)):
        try:
            table = dict(point.load()())
        except Exception as error:  # another's code: anything may go wrong in it
            log.warning("The entry point '%s' gives no table: %s.", point.value, _said(error))
            continue
        for name, target in table.items():
            merged.setdefault(name, target)
    return merged


def stage_names() -> list[str]:
    """Names of all stages at hand, sorted; imports no stage."""
    return sorted({*_tables(STAGE_GROUP), *_own})


def sensor_names() -> list[str]:
    """Names of all sensor presets at hand, sorted."""
    return sorted(_tables(SENSOR_GROUP))


def _load(target: str, what: str) -> Any:
    module, _, attribute = target.partition(":")
    found = getattr(_imported(module, what), attribute, None)
    if found is None:
        raise StageError(f"{what}: '{module}' has no function '{attribute}'.")
    return found


def _imported(module: str, what: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:  # another's code: anything may go wrong in it
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        # A name with a dot is missing inside a package that is there: a wrong import.
        if not missing or "." in missing or missing == module.partition(".")[0]:
            raise StageError(f"{what}: '{module}' cannot be imported: {_said(error)}.") from error
        raise MissingDependencyError(
            f"{what} needs the Python package '{missing}', which is not installed;"
            f" install it with 'pip install {missing}'."
        ) from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")


@cache
def _loaded(name: str, target: str) -> StageInfo:
    found = _mark(_load(target, f"Stage '{name}'"))
    if not isinstance(found, StageInfo):
        raise StageError(f"'{target}' is no stage: decorate the function with isp.registry.stage.")
    return found


def info(name: str) -> StageInfo:
    """The record of a stage; imports its module.

    Raises
    ------
    StageError
        If no stage has that name (the message names the nearest).
    MissingDependencyError
        If it needs a package that is not installed.
    """
    if name in _own:
        return _own[name][1]
    target = _tables(STAGE_GROUP).get(name)
    if target is None:
        hint = nearest(name, stage_names())
        raise StageError(f"There is no stage '{name}'.{hint} 'isp list stages' shows them all.")
    return _loaded(name, target)


def infos(*kinds: Kind) -> list[StageInfo]:
    """Records of all stages of the given kinds (all where none is given), sorted by kind and name.

    A stage that cannot be loaded is left out with a warning: it must not hide the others.
    """
    found = []
    for name in stage_names():
        try:
            found.append(info(name))
        except IspError as error:
            log.warning("%s", error)
    wanted = [one for one in found if not kinds or one.kind in kinds]
    return sorted(wanted, key=lambda one: (one.kind, one.name))


def is_sensor_file(name: str) -> bool:
    """Whether a sensor is named by a YAML file, not by a preset's name."""
    return name.endswith((".yaml", ".yml"))


def load_sensor(name: str) -> SensorLike:
    """The sensor preset of a name, or of a YAML file by its path.

    Raises
    ------
    StageError
        If no preset has that name.
    """
    table = _tables(SENSOR_GROUP)
    target = next(iter(table.values()), None) if is_sensor_file(name) else table.get(name)
    if target is None:
        hint = nearest(name, sensor_names())
        raise StageError(f"There is no sensor '{name}'.{hint} 'isp list sensors' shows them all.")
    sensor: SensorLike = _load(target, f"Sensor '{name}'")(name)
    return sensor


def register_file(path: Path | str) -> list[str]:
    """Register the stages of a Python file (the file is run); returns their names.

    Raises
    ------
    StageError
        If the file cannot be run, holds no stage, or a name is taken.
    """
    path = Path(path).resolve()
    spec = importlib.util.spec_from_file_location(f"ispsim_user_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise StageError(f"'{path}' is not a Python file with stages.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise StageError(f"'{path}' could not be run: {_said(error)}.") from error
    found = [v.__stage__ for v in vars(module).values() if isinstance(_mark(v), StageInfo)]
    if not found:
        raise StageError(f"'{path}' holds no function with the @isp.registry.stage decorator.")
    for one in found:
        if one.name in _tables(STAGE_GROUP):
            raise StageError(f"'{path}': the name '{one.name}' is taken by a stage already there.")
        home = _own[one.name][0] if one.name in _own else path
        if home != path:
            raise StageError(f"'{path}': the name '{one.name}' is taken by a stage of '{home}'.")
    _own.update({one.name: (path, one) for one in found})
    return [one.name for one in found]


def _mark(value: object) -> object:
    return getattr(value, "__stage__", None)
