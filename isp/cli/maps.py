"""``isp map convert|show|merge``."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from isp.cli.common import Common, command, lost_lines, show
from isp.errors import MapError

app = typer.Typer(help="Convert, show and merge defect maps.", no_args_is_help=True)

Output = Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Format by suffix.")]
Frame = Annotated[
    Path | None,
    typer.Option("--frame", metavar="RAW", help="Raw file of the sensor, for maps without a size."),
]
Format = Annotated[
    str | None, typer.Option("--from", metavar="FORMAT", help="Format of the input, if not told.")
]


@command
def convert(
    input_: Annotated[str, typer.Argument(metavar="MAP", help="A defect map.")],
    output: Output,
    frame: Frame = None,
    read_as: Format = None,
    to: Annotated[str | None, typer.Option(metavar="FORMAT", help="Format to write.")] = None,
    dilate_px: Annotated[int, typer.Option("--dilate", min=0, help="Grow by so many pixels.")] = 0,
    capacity: Annotated[
        int | None, typer.Option(min=0, help="Keep the worst so many entries (a table's size).")
    ] = None,
    drop_outside: Annotated[
        bool, typer.Option("--drop-outside", help="Leave out entries outside the frame.")
    ] = False,
    *,
    common: Common,
) -> None:
    """Convert a map to another format; what the format cannot hold is said."""
    from isp import maps

    found, shot = _opened([input_], frame, read_as, common, drop_outside)
    defects = maps.TableLimits(capacity, dilate_px).of(found[0])
    _write(output, defects, shot, to, common)


@command
def merge(
    inputs: Annotated[list[str], typer.Argument(metavar="MAP...", help="Maps of one sensor.")],
    output: Output,
    how: Annotated[
        Literal["union", "vote", "difference"], typer.Option(help="How to merge.")
    ] = "union",
    least: Annotated[
        int | None, typer.Option(min=1, help="Votes needed, for vote: 2 if not given.")
    ] = None,
    frame: Frame = None,
    read_as: Format = None,
    to: Annotated[str | None, typer.Option(metavar="FORMAT", help="Format to write.")] = None,
    *,
    common: Common,
) -> None:
    """Merge maps: in any of them, in at least so many, or in the first and in no other."""
    from isp import maps

    if least is not None and how != "vote":
        raise typer.BadParameter(f"--least is of votes; with --how {how} there are none.")
    found, shot = _opened(inputs, frame, read_as, common)
    _check_one_frame(inputs, found)
    merged = {
        "union": lambda: maps.union(found),
        "vote": lambda: maps.vote(found, 2 if least is None else least),
        "difference": lambda: maps.difference(*found),
    }[how]()
    _write(output, merged, shot, to, common)


@command
def show_map(
    input_: Annotated[str, typer.Argument(metavar="MAP", help="A defect map.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.png", help="Draw the map over the frame."),
    ] = None,
    frame: Frame = None,
    read_as: Format = None,
    *,
    common: Common,
) -> None:
    """Count a map by kind, cluster size and colour; draw it over its frame."""
    from isp import maps
    from isp.map_picture import save_drawn

    found, shot = _opened([input_], frame, read_as, common)
    counts = asdict(maps.summary(found[0]))
    if output is not None:
        save_drawn(output, found[0], shot, force=common.force)
    height, width = found[0].shape
    lines = [
        f"{counts['defects']} defects ({counts['ppm']:.1f} ppm) in a frame of {width}x{height}",
        f"kinds: {_listed(counts['kinds'])}",
        f"clusters by size in pixels: {_listed(counts['clusters'])}",
        f"colours: {_listed(counts['sites'])}",
        f"outside the active area: {counts['in_border']}",
    ]
    show(counts, common, [*lines, *([f"drawn: {output}"] if output else [])])


def _opened(
    files: list[str], frame: Path | None, read_as: str | None, common: Common, drop: bool = False
) -> tuple[list[Any], Any]:
    """The maps, and the raw frame they are of where it was given."""
    from isp.frame import Area
    from isp.io.frames import read
    from isp.io.maps import Geometry, read_map
    from isp.scenario.load import build
    from isp.tasks.inputs import hints

    described = hints(build({"input": {"files": files, **common.input_keys()}}).input)
    shot = None if frame is None else read(frame, described)
    geometry: Any = shot
    if shot is None and described.size is not None:
        width, height = described.size
        geometry = Geometry((height, width), Area(0, 0, height, width), described.pattern)
    maps = [read_map(file, geometry, format=read_as, drop_outside=drop) for file in files]
    return [_of_cfa(*pair, described.pattern) for pair in zip(files, maps, strict=True)], shot


def _of_cfa(file: str, defects: Any, cfa: Any) -> Any:
    """The map with the CFA that the user gave, where it does not say another itself."""
    if cfa is None or defects.cfa == cfa:
        return defects
    if defects.cfa is not None:
        raise MapError(
            f"'{file}' is the map of a sensor with the CFA {defects.cfa.name}, not {cfa.name} as given"
            " with --cfa; leave --cfa out."
        )
    return replace(defects, cfa=cfa)


def _check_one_frame(files: list[str], found: list[Any]) -> None:
    """Name the files of maps that do not go together: what they call their source few users know."""
    from isp.io.maps import Geometry

    for file, one in zip(files[1:], found[1:], strict=True):
        try:
            found[0].check_same_frame(one)
        except MapError:
            first, other = (Geometry(m.shape, m.active_area, m.cfa) for m in (found[0], one))
            raise MapError(
                f"'{files[0]}' is for a frame of {first.describe()}, '{file}' for one of"
                f" {other.describe()}: they cannot be merged as they are. If both are of"
                " one sensor (a mask knows no border), give a raw file of it with --frame."
            ) from None


def _write(output: Path, defects: Any, shot: Any, to: str | None, common: Common) -> None:
    from isp.io.maps import held, write_map

    lost = write_map(output, defects, format=to, frame=shot, force=common.force)
    count = held(output, defects, format=to)
    result = {"output": str(output), "defects": count, "lost": list(lost)}
    show(result, common, [f"{count} defects -> {output}", *lost_lines(lost)])


def _listed(counts: dict[Any, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "none"


app.command("convert")(convert)
app.command("merge")(merge)
app.command("show")(show_map)
