"""``isp develop``."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import input_section


@command
def command_function(
    input_: Annotated[
        str, typer.Argument(metavar="INPUT", help="A raw file, 'scene' or scene:WxH.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.png", help="The picture.")],
    demosaic: Annotated[str, typer.Option(help="Demosaicing stage.")] = "by_cfa",
    depth: Annotated[
        Literal["8", "16"], typer.Option("--depth", help="Bits a channel of the picture.")
    ] = "8",
    gains: Annotated[
        str | None,
        typer.Option(metavar="R,G,B", help="White-balance gains, where the file has none."),
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Develop a raw file to a picture: the ISP alone."""
    from isp.scenario.load import build
    from isp.tasks.develop import develop

    balance: Any = "white_balance"
    if gains is not None:
        balance = {"white_balance": {"gains": _three(gains)}}
    steps = ["black_level", balance, "highlight_clip", demosaic, "camera_matrix"]
    scenario = build(
        {
            "task": "develop",
            "seed": common.seed,
            "output": str(output),
            "input": input_section([input_], common),
            "pipeline": [*steps, {"gamma": {"output": f"uint{depth}"}}],
        },
        assignments or [],
    )
    result = develop(scenario, output, force=common.force)
    show(result, common, [f"{input_} -> {output} ({result['width']}x{result['height']})"])


def _three(text: str) -> list[float]:
    """Three numbers from ``R,G,B``."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise typer.BadParameter(f"'{text}' is not three numbers R,G,B, such as 2.0,1,1.6.")
    return numbers
