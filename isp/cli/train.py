"""``isp train``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import stage_entry

if TYPE_CHECKING:
    from isp.bound import Stage

_BUDGET = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|m|h|k|M)?$")
_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0}
_SAMPLES = {None: 1, "k": 1_000, "M": 1_000_000}


@command
def command_function(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Weights, .safetensors.")
    ],
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Whose network, as name or name(key=value, ...)."),
    ] = "",
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Photographs or raw frames.")
    ] = None,
    budget: Annotated[
        str, typer.Option(metavar="B", help="Time (90s, 25m, 2h) or samples (500k, 2M).")
    ] = "25m",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training cut off.")
    ] = False,
    plot: Annotated[
        list[Path] | None,
        typer.Option(
            "--plot",
            metavar="LOG",
            help="Train nothing: draw these logs (.log.csv) over each other into -o, a PNG.",
        ),
    ] = None,
    *,
    common: Common,
) -> None:
    """Train a network on any folder of photographs or raw frames; seeded and resumable."""
    if plot:
        _draw(plot, output, common)
        return
    if not name or images is None:
        raise typer.BadParameter("a training needs NAME and --images DIR (or --plot LOG).")
    trainer = _trainer(name, **_limit(budget), seed=common.seed, resume=resume, force=common.force)
    progress = trainer(images, output)
    show({"output": str(output)}, common, [f"trained {name}: {progress}", f"weights: {output}"])


def _trainer(text: str, **given: Any) -> "Stage":
    """The trainer of the network that the user named, with its parameters."""
    from isp.bound import stage
    from isp.registry import infos
    from isp.scenario.load import split_entry
    from isp.words import nearest

    name, parameters = split_entry(stage_entry(text))
    trainers = {info.name.removeprefix("train_"): info.name for info in infos("trainer")}
    if name not in trainers:
        known = ", ".join(trainers) or "none"
        raise typer.BadParameter(
            f"no network '{name}' to train.{nearest(name, trainers)} Known: {known}."
        )
    taken = ", ".join(sorted(parameters.keys() & given.keys()))
    if taken:
        raise typer.BadParameter(f"'{taken}' in '{text}' has an option of its own; use that.")
    return stage(trainers[name], **parameters, **given)


def _draw(logs: list[Path], output: Path, common: Common) -> None:
    """Draw the courses of trainings over each other, named after their files."""
    from isp.courses import draw_history, read_log
    from isp.files import refuse_existing

    refuse_existing(output, force=common.force)
    histories = {path.name.removesuffix(".log.csv"): read_log(path) for path in logs}
    draw_history(histories, output)
    show({"output": str(output)}, common, [f"{len(histories)} trainings drawn: {output}"])


def _limit(budget: str) -> dict[str, Any]:
    """The trainer's parameter for a budget."""
    match = _BUDGET.match(budget.strip())
    if match is None:
        raise typer.BadParameter(f"'{budget}' is no budget: write 90s, 25m, 2h, 500k or 2M.")
    amount, unit = float(match[1]), match[2]
    if unit in _MINUTES:
        return {"minutes": amount * _MINUTES[unit]}
    return {"samples": int(amount * _SAMPLES[unit])}
