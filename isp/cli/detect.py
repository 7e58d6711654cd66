"""``isp detect``."""

from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import Common, command, lost_lines, show
from isp.cli.options import stage_entry


@command
def command_function(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="MAP", help="Map; format by suffix.")
    ],
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[INPUT]...", help="Raw frames of a scene.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Detector: dynamic for scenes, calibration for darks."),
    ] = None,
    dark: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A dark frame (may be repeated).")
    ] = None,
    flat: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A flat field (may be repeated).")
    ] = None,
    least: Annotated[
        int | None,
        typer.Option(min=1, help="INPUTs that must agree on a pixel; more than half."),
    ] = None,
    *,
    common: Common,
) -> None:
    """Find defective pixels in scenes, darks and flats; several scenes vote."""
    from isp.scenario.load import build
    from isp.tasks.detect import detect

    if not (inputs or dark or flat):
        raise typer.BadParameter("give at least one INPUT, --dark or --flat.")
    calibrated = bool(dark or flat)
    chosen = stage_entry(method or ("calibration" if calibrated else "dynamic"))
    scenario = build(
        {
            "task": "detect",
            "seed": common.seed,
            "output": str(output),
            "input": {"files": inputs or [], **common.input_keys()},
            "detect": {"method": chosen, "dark": dark or [], "flat": flat or [], "least": least},
        }
    )
    result = detect(scenario, output, force=common.force)
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["kinds"].items()) or "none"
    lines = [f"{result['defects']} defects ({result['ppm']} ppm): {kinds} -> {output}"]
    lines += [f"found by: {result['source']}", *(f"note: {one}" for one in result["notes"])]
    show(result, common, [*lines, *lost_lines(result["lost"])])
