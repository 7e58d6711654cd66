"""What all commands share: the global options, error sentences, exit codes."""

import functools
import inspect
import json
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from isp.errors import IspError, UsageError

log = logging.getLogger("isp")

FAILED, USAGE, INTERRUPTED = 1, 2, 130
INPUT_PANEL, GLOBAL_PANEL = "Headerless input, .npy and plain images", "Global options"


def _option(*names: str, panel: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **settings)


DESCRIPTION = {
    "cfa": "cfa",
    "size": "size",
    "bits": "bits",
    "black_dn": "black",
    "white_dn": "white",
}
"""What a scenario says of a file that does not say it itself, and the option for it."""


@dataclass(frozen=True)
class Common:
    """The global options of one call."""

    seed: Annotated[
        int, _option("--seed", panel=GLOBAL_PANEL, min=0, help="Seed of all random draws.")
    ] = 0
    force: Annotated[
        bool, _option("--force", panel=GLOBAL_PANEL, help="Replace outputs that are there.")
    ] = False
    as_json: Annotated[
        bool, _option("--json", panel=GLOBAL_PANEL, help="Print the result as JSON.")
    ] = False
    verbose: Annotated[
        int, _option("--verbose", "-v", panel=GLOBAL_PANEL, count=True, help="Say more (-vv: all).")
    ] = 0
    debug: Annotated[bool, _option("--debug", panel=GLOBAL_PANEL, help="Show tracebacks.")] = False
    cfa: Annotated[
        str | None,
        _option("--cfa", panel=INPUT_PANEL, metavar="NAME", help="CFA of the raw frame: RGGB ..."),
    ] = None
    size: Annotated[
        str | None, _option("--size", panel=INPUT_PANEL, metavar="WxH", help="Width x height.")
    ] = None
    bits: Annotated[
        int | None, _option("--bits", panel=INPUT_PANEL, min=8, max=16, help="Bits of a code.")
    ] = None
    black: Annotated[
        float | None, _option("--black", panel=INPUT_PANEL, metavar="DN", help="Black level in DN.")
    ] = None
    white: Annotated[
        float | None, _option("--white", panel=INPUT_PANEL, metavar="DN", help="White level in DN.")
    ] = None

    def input_keys(self) -> dict[str, Any]:
        """The options that describe an input, under the scenario's names, given ones only."""
        given = {name: getattr(self, option) for name, option in DESCRIPTION.items()}
        return {name: value for name, value in given.items() if value is not None}


def _parameters(own: set[str]) -> list[inspect.Parameter]:
    """The global options, but for those that the command has in a way of its own."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(f.name, kind, default=f.default, annotation=f.type)
        for f in fields(Common)
        if f.name not in own
    ]


def command(function: Callable[..., Any]) -> Callable[..., None]:
    """Give a command the global options (as ``common``), error sentences and exit codes."""
    own = [p for p in inspect.signature(function).parameters.values() if p.name != "common"]
    shared = _parameters({p.name for p in own})
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + shared

    @functools.wraps(function)
    def wrapper(**given: Any) -> None:
        common = Common(**{p.name: given.pop(p.name) for p in shared})
        _guarded(lambda: function(common=common, **given), common)

    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper


def _guarded(call: Callable[[], Any], common: Common) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(common.verbose, logging.DEBUG)
    logging.basicConfig(
        level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    if common.verbose < 2:  # it reports damaged tags as errors; our own sentence follows
        logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        call()
    except IspError as error:
        if common.debug:
            raise
        fail(str(error), USAGE if isinstance(error, UsageError) else FAILED)
    except (typer.Exit, typer.Abort, SystemExit, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        fail("Interrupted; files that were not finished are not there.", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(FAILED) from None
    except MemoryError:
        fail("Not enough memory for this input; try a smaller frame or fewer at a time.")
    except Exception as error:
        if common.debug:
            raise
        fail(
            f"Internal error, a fault of ispsim and not of your input: {type(error).__name__}:"
            f" {error}. --debug shows where; please report it."
        )


def fail(message: str, code: int = FAILED) -> None:
    """Print an error to standard error and leave with an exit code."""
    typer.echo(f"isp: {message}", err=True)
    raise typer.Exit(code)


def lost_lines(lost: Iterable[str]) -> list[str]:
    """What the format of a written map does not hold, a line each."""
    return [f"lost: {sentence}" for sentence in lost]


def show(result: dict[str, Any], common: Common, lines: list[str]) -> None:
    """Print a result: as JSON where asked for, else as lines of text."""
    if common.as_json:
        typer.echo(json.dumps(result, indent=2, default=str, allow_nan=False))
    else:
        for line in lines:
            typer.echo(line)
