"""``isp train``."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from isp.cli.common import Common, command, show

_BUDGET = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|m|h|k|M)?$")
_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0}
_SAMPLES = {None: 1, "k": 1_000, "M": 1_000_000}


@command
def command_function(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose network: cluster ...")],
    images: Annotated[
        Path, typer.Option("--images", metavar="DIR", help="Photographs or raw frames.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Weights, .safetensors.")
    ],
    budget: Annotated[
        str, typer.Option(metavar="B", help="Time (90s, 25m, 2h) or samples (500k, 2M).")
    ] = "25m",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training cut off.")
    ] = False,
    *,
    common: Common,
) -> None:
    """Train a network on any folder of photographs or raw frames; seeded and resumable."""
    from isp.bound import stage
    from isp.registry import infos
    from isp.words import nearest

    trainers = {info.name.removeprefix("train_"): info.name for info in infos("trainer")}
    if name not in trainers:
        known = ", ".join(trainers) or "none"
        raise typer.BadParameter(
            f"no network '{name}' to train.{nearest(name, trainers)} Known: {known}."
        )
    trainer = stage(
        trainers[name], **_limit(budget), seed=common.seed, resume=resume, force=common.force
    )
    progress = trainer(images, output)
    show({"output": str(output)}, common, [f"trained {name}: {progress}", f"weights: {output}"])


def _limit(budget: str) -> dict[str, Any]:
    """The trainer's parameter for a budget."""
    match = _BUDGET.match(budget.strip())
    if match is None:
        raise typer.BadParameter(f"'{budget}' is no budget: write 90s, 25m, 2h, 500k or 2M.")
    amount, unit = float(match[1]), match[2]
    if unit in _MINUTES:
        return {"minutes": amount * _MINUTES[unit]}
    return {"samples": int(amount * _SAMPLES[unit])}
