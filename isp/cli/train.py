"""``isp train``."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from isp.cli.common import Common, command, show

_MINUTES = {"s": 1 / 60, "m": 1.0, "min": 1.0, "h": 60.0}


def budget_of(text: str) -> dict[str, Any]:
    """``minutes`` or ``samples`` of a budget: ``45m``, ``2h``, ``90s``, or a number of samples."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)", text.strip())
    if found:
        return {"minutes": float(found[1]) * _MINUTES[found[2]]}
    if text.strip().isdigit() and int(text) > 0:
        return {"samples": int(text)}
    raise typer.BadParameter(f"a budget is a time (45m, 2h) or a number of samples; got '{text}'.")


@command
def command_function(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Learned stage: cluster ...")],
    images: Annotated[
        Path, typer.Option("--images", metavar="DIR", help="Photographs or raw frames.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Weights (safetensors).")
    ],
    budget: Annotated[
        str, typer.Option(metavar="TIME|SAMPLES", help="45m, 2h, or a number of samples.")
    ] = "60m",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a killed training last saved.")
    ] = False,
    *,
    common: Common,
) -> None:
    """Train the network of a learned stage on a folder of images."""
    from isp.bound import stage

    trainer = stage(
        f"train_{name}", **budget_of(budget), seed=common.seed, resume=resume, force=common.force
    )
    progress = trainer(images, output)
    last = progress.history[-1]
    line = ", ".join(f"{key} {value}" for key, value in last.items())
    show({"weights": str(output), **last}, common, [f"{output}: {line}"])
