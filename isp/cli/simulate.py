"""``isp simulate``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import input_section, ramp

SEQUENCE = "Sequences"


@command
def command_function(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="A raw file, 'scene' or scene:WxH; files of a sequence."
        ),
    ],
    sensor: Annotated[str, typer.Option(metavar="NAME|YAML", help="A preset, or a file like one.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Damaged frame.")],
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="OUT.csv", help="Where the truth map goes.")
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(min=1, help="A sequence: OUT-0000, OUT-0001 ...", rich_help_panel=SEQUENCE),
    ] = None,
    exposure_s: Annotated[
        str | None,
        typer.Option(metavar="S[:S]", help="Exposure; first:last frame.", rich_help_panel=SEQUENCE),
    ] = None,
    temperature_c: Annotated[
        str | None,
        typer.Option(
            metavar="C[:C]", help="Temperature; first:last frame.", rich_help_panel=SEQUENCE
        ),
    ] = None,
    interval_s: Annotated[
        float | None,
        typer.Option(help="Time from frame to frame; 1 second.", rich_help_panel=SEQUENCE),
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Simulate a sensor's damage on a raw file, or a whole sensor on the synthetic scene.

    With --frames, a sequence: its defects stay, blinking pixels switch, hot ones follow exposure and
    temperature. OUT gets a number, OUT.deviations.npy holds the deviations of each frame.
    """
    from isp.scenario.load import build
    from isp.tasks.outputs import written
    from isp.tasks.simulate import simulate

    scenario = build(
        {
            "task": "simulate",
            "seed": common.seed,
            "output": str(output),
            "input": input_section(inputs, common),
            "sensor": sensor,
            "defects": {"sensor": True},
            **_sequence(inputs, frames, exposure_s, temperature_c, interval_s),
        },
        assignments or [],
    )
    result = simulate(scenario, output, map_output=map_, force=common.force)
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["kinds"].items()) or "none"
    defects = f"{result['defects']} defective pixels ({result['ppm']} ppm): {kinds}"
    lines = [
        f"{inputs[0]} -> {written(result)}: {defects}",
        f"truth: {result['map']}",
    ]
    if "deviations" in result:
        changing = f"{result['changing']} pixels change from frame to frame"
        lines.append(f"deviations: {result['deviations']} ({changing})")
    show(result, common, lines)


def _sequence(
    inputs: list[str],
    frames: int | None,
    exposure_s: str | None,
    temperature_c: str | None,
    interval_s: float | None,
) -> dict[str, Any]:
    """The scenario's ``sequence``, where there is one."""
    given = {
        "exposure_s": ramp(exposure_s, "--exposure-s"),
        "temperature_c": ramp(temperature_c, "--temperature-c"),
        "interval_s": interval_s,
    }
    chosen = {key: value for key, value in given.items() if value is not None}
    if frames is None and len(inputs) == 1:
        if chosen:
            raise typer.BadParameter("settings of a sequence need --frames N.")
        return {}
    return {"sequence": {"frames": frames or len(inputs), **chosen}}
