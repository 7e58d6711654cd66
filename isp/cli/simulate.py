"""``isp simulate``."""

from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import input_section


@command
def command_function(
    input_: Annotated[
        str, typer.Argument(metavar="INPUT", help="A raw file, 'scene' or scene:WxH.")
    ],
    sensor: Annotated[str, typer.Option(metavar="NAME|YAML", help="A preset, or a file like one.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Damaged frame.")],
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="OUT.csv", help="Where the truth map goes.")
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Simulate a sensor's damage on a raw file, or a whole sensor on the synthetic scene."""
    from isp.scenario.load import build
    from isp.tasks.simulate import simulate

    scenario = build(
        {
            "task": "simulate",
            "seed": common.seed,
            "output": str(output),
            "input": input_section([input_], common),
            "sensor": sensor,
            "defects": {"sensor": True},
        },
        assignments or [],
    )
    result = simulate(scenario, output, map_output=map_, force=common.force)
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["kinds"].items()) or "none"
    lines = [
        f"{input_} -> {output}: {result['defects']} defective pixels ({result['ppm']} ppm): {kinds}",
        f"truth: {result['map']}",
    ]
    show(result, common, lines)
