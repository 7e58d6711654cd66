"""``isp compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import input_section, stage_entries
from isp.cli.progress import progress_bar

if TYPE_CHECKING:
    from isp.scenario.model import Scenario

DEFAULT_STAGES = "masked_median,directional,harmonic,navier_stokes,fsr"


@command
def command_function(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Raw files, photographs, or 'scene'.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write.")],
    stages: Annotated[
        str, typer.Option(metavar="A,B,C", help="Stages, as name or name(key=value).")
    ] = DEFAULT_STAGES,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Damage: dynamic, dynamic/density_1.0, small, grade ..."),
    ] = None,
    sensor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|YAML", help="Damage by this sensor's population; it also takes scenes."
        ),
    ] = None,
    maps: Annotated[
        str, typer.Option(metavar="A,B", help="What correctors get: truth, detected, wrong10.")
    ] = "truth",
    crops: Annotated[int, typer.Option(min=0, help="Crops an input; 0: the whole frame.")] = 4,
    crop_size: Annotated[int, typer.Option(min=32, help="Side of a crop in pixels.")] = 256,
    repeats: Annotated[int, typer.Option(min=1, help="Draws of damage for each crop.")] = 1,
    capacity: Annotated[
        int | None,
        typer.Option(min=0, help="Also with a defect table of so many entries a crop: its cost."),
    ] = None,
    dilate_px: Annotated[
        int, typer.Option("--dilate", min=0, max=64, help="Grow the table's map by so many pixels.")
    ] = 0,
    detector: Annotated[str, typer.Option(metavar="NAME", help="For detected maps.")] = "dynamic",
    demosaic: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="For picture figures; opencv_ea, or by_cfa where that cannot."
        ),
    ] = None,
    photograph: Annotated[
        Literal["plain", "unprocessed"], typer.Option(help="How photographs become mosaics.")
    ] = "plain",
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Damage frames, run every corrector, score and time them, write a report."""
    from isp.scenario.load import build
    from isp.tasks.compare import compare

    name, _, variant = (protocol or ("" if sensor else "dynamic")).partition("/")
    by_protocol = {"protocol": name, **({"variant": variant} if variant else {})}
    section = input_section(inputs, common)
    scenario = build(
        {
            "task": "compare",
            "seed": common.seed,
            "input": {**section, "photograph": photograph},
            **({"sensor": sensor} if sensor else {}),
            "defects": by_protocol if name else {"sensor": True},
            "detect": {"method": detector},
            "correctors": stage_entries(stages),
            "compare": {
                "crops": crops,
                "crop_size": crop_size,
                "repeats": repeats,
                "maps": [one.strip() for one in maps.split(",") if one.strip()],
                "demosaic": demosaic,
                "capacity": capacity,
                "dilate_px": dilate_px,
            },
        },
        assignments or [],
    )
    _check_sensor_used(scenario, protocol, sensor)
    with progress_bar("comparing", quiet=common.as_json) as progress:
        result = compare(scenario, output, force=common.force, progress=progress)
    show(result, common, result["lines"])
    if result["failures"]:
        raise typer.Exit(1)


def _check_sensor_used(scenario: "Scenario", protocol: str | None, sensor: str | None) -> None:
    """Refuse a sensor that neither damages (a protocol does) nor takes what the inputs show."""
    from isp.errors import UsageError

    taken = scenario.input.scene is not None or scenario.input.photograph == "unprocessed"
    if protocol and sensor and not taken:
        raise UsageError(
            f"The damage is that of --protocol {protocol}, so --sensor {sensor} would do nothing to"
            " these files; give --protocol or --sensor. (Both go with a scene and with"
            " --photograph unprocessed, which the sensor takes.)"
        )
