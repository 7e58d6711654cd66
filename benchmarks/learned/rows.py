"""The rows of the tables: comparisons of every corrector, and looks at each cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.learned.clusters import Looks, at_border, darker, look, whole
from benchmarks.learned.inputs import LIGHTS, Light, inputs, real_inputs, spread_over
from isp.bound import stage
from isp.comparison.case import Case
from isp.comparison.damage import protocol_variants
from isp.comparison.plan import Plan, plan
from isp.comparison.run import run_plan
from isp.comparison.subject import Input
from isp.comparison.summary import Block, summarise
from isp.registry import infos

LEARNED = ("cluster_nano", "cluster", "cluster_large")
BLIND = "cluster_blind"
MAIN = ("dynamic", "tiny")
REAL_PROTOCOLS = ("dynamic", "tiny")


@dataclass(frozen=True)
class Row:
    """One damage in one light on one set of images: means of all stages, and each cluster."""

    images: str
    light: str
    block: Block
    looks: Looks


def classical() -> list[str]:
    """Every corrector that was not trained."""
    return [one.name for one in infos("corrector") if not one.learned]


def _plan(
    given: Sequence[Input],
    protocols: Sequence[str],
    stages: Sequence[str],
    crops: int,
    **more: object,
) -> Plan:
    variants = [one for name in protocols for one in protocol_variants(name)]
    fixed = {"maps": ("truth",), "crop_size": 256, "repeats": 1, "seed": 0, "demosaic": "opencv_ea"}
    detector = stage("dynamic") if more.get("real") else None
    return plan(given, variants, stages, crops=crops, detector=detector, **fixed)  # type: ignore[arg-type]


def main_rows(
    images: dict[str, list[Path]], crops: int, lights: Sequence[Light] = LIGHTS
) -> list[Row]:
    """Every set in every light; fewer crops beside the first."""
    found = []
    for name, files in images.items():
        for light in lights:
            share = crops if light is lights[0] else max(crops // 4, 2)
            found += _rows(name, files, light, MAIN, share)
    return found


def _rows(
    name: str, files: list[Path], light: Light, protocols: Sequence[str], crops: int
) -> list[Row]:
    chosen, each = spread_over(files, crops)
    stages = [*classical(), *LEARNED, *_blind()]
    work = _plan(inputs(chosen, light), protocols, stages, each)
    print(f"{name}, {light.name}: {', '.join(protocols)}", file=sys.stderr, flush=True)
    return _measured(work, name, light.name, stages)


def _measured(work: Plan, images: str, light: str, stages: list[str]) -> list[Row]:
    results = run_plan(work, _progress)
    for failure in results.failures:
        print(f"  failed: {failure.input} {failure.stage}: {failure.reason}", file=sys.stderr)
    rivals = [one for one in stages if one not in (*LEARNED, BLIND)]
    blocks = summarise(results.records, stages, rivals)
    seen = look(work, images, [*rivals, *LEARNED])
    return [Row(images, light, block, _of_block(seen, block)) for block in blocks]


def _of_block(seen: Looks, block: Block) -> Looks:
    name = f"{block.protocol} {block.variant}"
    return Looks([one for one in seen.errors if one.variant == name], seen.coverage)


def real_rows(folder: Path, crops: int) -> list[Row]:
    """Real raw frames, a few crops each; what a detector finds in them before does not count."""
    given = real_inputs(folder)
    stages = [*classical(), *LEARNED]
    work = _plan(given, REAL_PROTOCOLS, stages, max(crops // len(given), 1), real=True)
    print(f"real frames: {len(given)}", file=sys.stderr, flush=True)
    return _measured(work, "real frames", "as taken", stages)


def condition_rows(files: list[Path], crops: int) -> list[tuple[str, Looks]]:
    """The same crops under other phases, depths and exposures, and with a border at the cluster."""
    views: list[tuple[str, Light, Callable[[Case], object], bool]] = [
        (f"phase {cfa}", Light(cfa, cfa=cfa), whole, False)
        for cfa in ("RGGB", "GRBG", "GBRG", "BGGR")
    ]
    views += [(f"{bits} bit", Light(str(bits), bits=bits), whole, False) for bits in (10, 12, 14)]
    views += [("one stop darker", LIGHTS[0], darker, False)]
    views += [("first cluster, inside", LIGHTS[0], whole, True)]
    views += [("first cluster, at the frame's corner", LIGHTS[0], at_border, True)]
    chosen, each = spread_over(files, crops)
    found = []
    for name, light, view, first_only in views:
        print(f"conditions: {name}", file=sys.stderr, flush=True)
        work = _plan(inputs(chosen, light), MAIN, ["fsr"], each)
        names = ["fsr", *LEARNED]
        found.append((name, look(work, "", names, view, first_only)))  # type: ignore[arg-type]
    return found


def open_main(files: list[Path], crops: int) -> Plan:
    """The plan of a set's first rows, to open its cases again."""
    chosen, each = spread_over(files, crops)
    stages = [*classical(), *LEARNED, *_blind()]
    return _plan(inputs(chosen, LIGHTS[0]), MAIN, stages, each)


def _blind() -> list[str]:
    return [one.name for one in infos("blind") if one.name == BLIND]


def _progress(done: int, total: int, name: str) -> None:
    if done % 48 == 0 or done == total:
        print(f"  {done}/{total}", file=sys.stderr, flush=True)
