"""``isp run``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import DESCRIPTION, GLOBAL_PANEL, Common, command, show
from isp.cli.options import input_section
from isp.cli.progress import progress_bar


@command
def command_function(
    scenario_file: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A YAML file.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Files or 'scene', in place of its inputs."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to write.")
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    seed: Annotated[  # in place of the global option, whose 0 stands for none given
        int | None,
        typer.Option(min=0, rich_help_panel=GLOBAL_PANEL, help="In place of the scenario's seed."),
    ] = None,
    *,
    common: Common,
) -> None:
    """Run a scenario: one file is one reproducible run."""
    from isp.scenario.load import load
    from isp.tasks.dispatch import dispatch
    from isp.tasks.outputs import written

    overrides = [*(assignments or []), *_input_overrides(inputs or [], common)]
    if seed is not None:
        overrides.append(f"seed={seed}")
    scenario = load(scenario_file, overrides)
    folder = output or Path(f"run-{scenario_file.stem.removesuffix('.scenario')}")
    with progress_bar("running", quiet=common.as_json) as progress:
        result = dispatch(scenario, folder, force=common.force, progress=progress)
    show(result, common, result.get("lines") or [f"written: {written(result)}"])
    if result.get("failures"):
        raise typer.Exit(1)


def _input_overrides(inputs: list[str], common: Common) -> list[str]:
    """Assignments that put inputs, and what is said of them, in place of the scenario's."""
    keys = common.input_keys()
    if inputs:  # files in place of a scene, or a scene in place of files
        keys = {"files": [], "scene": None, **input_section(inputs, common), **keys}
        keys["files"] = [str(Path(name).absolute()) for name in keys["files"]]
        if keys["scene"] is not None:  # what the scenario says of its files is not of a scene
            keys = {**dict.fromkeys(DESCRIPTION), **keys}
    return [f"input.{key}={json.dumps(value)}" for key, value in keys.items()]
