"""``isp develop``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from isp.cli.common import Common, command, show


@command
def command_function(
    input_: Annotated[str, typer.Argument(metavar="INPUT", help="A raw file, or 'scene'.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.png", help="The picture.")],
    demosaic: Annotated[str, typer.Option(help="Demosaicing stage.")] = "malvar",
    depth: Annotated[
        Literal["8", "16"], typer.Option("--depth", help="Bits a channel of the picture.")
    ] = "8",
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Develop a raw file to a picture: the ISP alone."""
    from isp.scenario.load import build
    from isp.tasks.develop import develop

    steps = ["black_level", "white_balance", "highlight_clip", demosaic, "camera_matrix"]
    scenario = build(
        {
            "task": "develop",
            "seed": common.seed,
            "output": str(output),
            "input": {"files": [input_], **common.input_keys()},
            "pipeline": [*steps, {"gamma": {"output": f"uint{depth}"}}],
        },
        assignments or [],
    )
    result = develop(scenario, output, force=common.force)
    show(result, common, [f"{input_} -> {output} ({result['width']}x{result['height']})"])
