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
    demosaic: Annotated[
        str | None, typer.Option(help="Demosaicing stage.", show_default="by_cfa")
    ] = None,
    depth: Annotated[
        Literal["8", "16"] | None,
        typer.Option("--depth", help="Bits a channel of the picture.", show_default="8"),
    ] = None,
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

    _check_no_pipeline(
        {"--demosaic": demosaic, "--depth": depth, "--gains": gains}, assignments or []
    )
    balance: Any = "white_balance"
    if gains is not None:
        balance = {"white_balance": {"gains": _three(gains)}}
    steps = ["black_level", balance, "highlight_clip", demosaic or "by_cfa", "camera_matrix"]
    scenario = build(
        {
            "task": "develop",
            "seed": common.seed,
            "output": str(output),
            "input": input_section([input_], common),
            "pipeline": [*steps, {"gamma": {"output": f"uint{depth or 8}"}}],
        },
        assignments or [],
    )
    result = develop(scenario, output, force=common.force)
    show(result, common, [f"{input_} -> {output} ({result['width']}x{result['height']})"])


def _check_no_pipeline(options: dict[str, str | None], assignments: list[str]) -> None:
    """Refuse options for the pipeline of this command where another is set in its place."""
    given = [name for name, value in options.items() if value is not None]
    if given and any(one.partition("=")[0].strip() == "pipeline" for one in assignments):
        raise typer.BadParameter(
            f"{', '.join(given)} would be lost: --set pipeline=... takes the place of all stages;"
            " say it there, as in {white_balance: {gains: [2, 1, 1.6]}}, or leave that out."
        )


def _three(text: str) -> list[float]:
    """Three numbers from ``R,G,B``."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise typer.BadParameter(f"'{text}' is not three numbers R,G,B, such as 2.0,1,1.6.")
    return numbers
