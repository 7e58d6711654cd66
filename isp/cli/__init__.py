"""The command line. Commands import what they need when they run, so that ``isp --help`` is quick."""

import importlib
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

app = typer.Typer(
    name="isp",
    help="Inject known damage into raw frames, run every corrector, score them honestly.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from isp.environment import versions

    for name, version in versions().items():
        typer.echo(f"{name} {version}")
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the versions of ispsim and of what it computes with.",
        ),
    ] = False,
) -> None:
    """Hold the options that come before the command."""


for _name in (
    "demo",
    "run",
    "simulate",
    "detect",
    "correct",
    "develop",
    "compare",
    "bench",
    "train",
):
    app.command(_name)(importlib.import_module(f"isp.cli.{_name}").command_function)
for _name in ("listing", "schema"):
    importlib.import_module(f"isp.cli.{_name}").add_to(app)
app.add_typer(importlib.import_module("isp.cli.maps").app, name="map")


def main() -> None:
    """Entry point of the ``isp`` command."""
    from isp.cli.common import INTERRUPTED

    try:
        app()
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:  # Python would wait for threads whose work nobody wants now
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
