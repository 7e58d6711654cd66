"""``isp run``."""

from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import Common, command, show
from isp.cli.progress import progress_bar


@command
def command_function(
    scenario_file: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A YAML file.")],
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[INPUT]...", help="In place of its inputs.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to write.")
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Run a scenario: one file is one reproducible run."""
    from isp.scenario.load import load
    from isp.tasks.dispatch import dispatch

    overrides = list(assignments or [])
    if inputs:
        files = [str(Path(name).resolve()) for name in inputs]
        overrides.append(f"input.files={files}")
    for key, value in common.input_keys().items():
        overrides.append(f"input.{key}={value}")
    if common.seed:
        overrides.append(f"seed={common.seed}")
    scenario = load(scenario_file, overrides)
    folder = output or Path(f"run-{scenario_file.stem.removesuffix('.scenario')}")
    with progress_bar("running", quiet=common.as_json) as progress:
        result = dispatch(scenario, folder, force=common.force, progress=progress)
    show(result, common, result.get("lines") or [f"written: {result.get('output', folder)}"])
    if result.get("failures"):
        raise typer.Exit(1)
