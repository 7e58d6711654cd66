"""``isp bench``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from isp.cli.common import Common, command, show
from isp.cli.options import input_section, stage_entries
from isp.cli.progress import progress_bar


@command
def command_function(
    input_: Annotated[
        str | None,
        typer.Argument(metavar="[INPUT]", help="A raw file; a 12 MP scene if not given."),
    ] = None,
    stages: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Stages to time; all if not given.")
    ] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON too.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Timed runs, after one to warm up.")] = 5,
    profile: Annotated[
        bool, typer.Option("--profile", help="Say where a chain's time goes, by stage and strip.")
    ] = False,
    *,
    common: Common,
) -> None:
    """Time stages and chains: ms per frame, MP/s, line buffers, latency."""
    from isp.files import refuse_existing
    from isp.scenario.load import build
    from isp.tasks.bench import bench_scenario

    if as_json is not None:
        refuse_existing(as_json, force=common.force)
    source = input_section([input_], common) if input_ else {"scene": {}}
    chosen = stage_entries(stages) if stages else None
    scenario = build(
        {"task": "run", "seed": common.seed, "input": source, "correctors": chosen or []}
    )
    with progress_bar("timing") as progress:
        found = bench_scenario(scenario, chosen, runs=runs, large=input_ is None, progress=progress)
    if as_json is not None:
        found.save(as_json, force=common.force)
    lines = _table(found)
    if profile:
        lines += _profiles(found.profiles)
    show({}, common, lines)


def _profiles(profiles: dict[str, Any]) -> list[str]:
    """Time of each stage of a chain, on one thread: in all, and per strip."""
    lines = []
    for chain, strips in profiles.items():
        names = list(dict.fromkeys(name for strip in strips for name in strip.parts_ms))
        total = sum(sum(strip.parts_ms.values()) for strip in strips)
        lines += ["", f"{chain}, 1 thread: {total:.2f} ms, in {len(strips)} strips (ms each)"]
        for name in names:
            times = [strip.parts_ms.get(name, 0.0) for strip in strips]
            each = "  ".join(f"{one:5.2f}" for one in times)
            lines.append(f"  {name:<16} {sum(times):>7.2f}  {sum(times) / total:>4.0%}  {each}")
    return lines


def _table(found: Any) -> list[str]:
    """The figures as lines of text."""
    machine = found.environment["machine"]
    frame = found.frame
    width = max([len(row.name) for row in found.rows] + [5])
    lines = [
        f"{machine['processor']}, {machine['threads']} threads; frame: {frame}",
        f"{'stage':<{width}}  kind       threads  ms/frame  [low, high]       MP/s  B/px  of limit"
        "  lines  latency",
    ]
    for row in found.rows:
        time = row.time
        spread = f"[{time.low_ms:.2f}, {time.high_ms:.2f}]"
        buffers = "-" if row.line_buffers is None else str(row.line_buffers)
        moved = "-" if row.bytes_per_pixel is None else str(row.bytes_per_pixel)
        share = found.memory_share(row)
        part = "-" if share is None else f"{share:.0%}"
        latency = "-" if row.latency_lines is None else str(row.latency_lines)
        marked = f"  ({row.defects} defects)" if row.defects else ""
        lines.append(
            f"{row.name:<{width}}  {row.kind:<9}  {row.threads:>7}  {time.median_ms:>8.2f}"
            f"  {spread:<16} {row.megapixels_per_s:>6.0f}  {moved:>4}  {part:>8}"
            f"  {buffers:>5}  {latency:>7}{marked}"
        )
    return lines + [f"not timed: {name}: {reason}" for name, reason in found.skipped.items()]
