"""``isp correct``."""

from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import stage_entry


@command
def command_function(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="A raw file; for a temporal stage frames in time, of which the middle is corrected.",
        ),
    ],
    stage: Annotated[
        str, typer.Option(metavar="NAME", help="The stage, as name or name(key=value, ...).")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help=".dng .tif .npy ...")
    ],
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="MAP", help="Defect map of any format.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Correct a raw file: raw in, raw out; with --stage temporal from the frames around it."""
    from isp.scenario.load import build
    from isp.tasks.correct import correct

    scenario = build(
        {
            "task": "correct",
            "seed": common.seed,
            "output": str(output),
            "input": {"files": inputs, **common.input_keys()},
            "correctors": [stage_entry(stage)],
            **({"defects": {"map": str(map_)}} if map_ is not None else {}),
        }
    )
    result = correct(scenario, output, force=common.force)
    repaired = result.get("marked", result["changed"]) - result["unrepaired"]
    lines = [f"{result['input']} -> {output}: {repaired} pixels by {result['stage']}"]
    if result["unrepaired"]:
        lines.append(f"{result['unrepaired']} marked pixels were not repaired and keep their value")
    show(result, common, [*lines, *result.get("notes", [])])
