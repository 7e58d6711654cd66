"""How well defects are found and repaired when no map is given: one frame, no darks, no flats.

    python -m benchmarks.blind_repair --images Kodak24=DIR --data DIR [--crops 24] [--curve-crops 6]

`cluster_blind` beside the detector `dynamic` with the corrector `cluster`, and beside the blocks of
hardware ISPs. ``--data`` names a folder with real frames (``raw/``) and dark frames (``defects/``).
Writes ``results/blind_repair.md``, ``.json`` and a plot of the curves.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learned.inputs import LIGHTS, Light, inputs, photographs, spread_over
from benchmarks.learned.real_claims import real_part
from benchmarks.page import Page, table, with_interval, write_page
from isp.bound import stage
from isp.comparison.case import Case
from isp.comparison.damage import protocol_variants
from isp.comparison.plan import Plan, plan
from isp.comparison.run import open_case, run_plan
from isp.comparison.summary import Block, summarise
from isp.defects import DefectMap
from isp.files import atomic
from isp.metrics.bootstrap import paired_lead

STEM = Path(__file__).parent / "results" / "blind_repair"
BLIND, KNOWN, DETECTOR = "cluster_blind", "cluster", "dynamic"
BLOCKS = ("clamp", "min_gradient", "median8")
CURVES: dict[str, tuple[str, tuple[float, ...]]] = {
    BLIND: ("threshold", (-1.0, 1.0, 2.5, 3.5, 5.0, 6.0, 7.5)),
    DETECTOR: ("threshold_sigma", (5.0, 7.0, 14.0, 40.0)),
    "min_gradient": ("threshold", (0.05, 0.1, 0.2, 0.4)),
    "median8": ("threshold", (0.05, 0.1, 0.2, 0.4, 0.8)),
}
VISIBLE = 0.05
"""Least change of the encoded level of a defect that counts as one in the curves."""

PSNR = "defect_psnr_db"


@dataclass
class Point:
    """Clusters and false alarms of one stage at one threshold."""

    clusters: int = 0
    missed: int = 0
    false: int = 0
    pixels: int = 0

    def add(self, case: Case, found: DefectMap) -> None:
        """Count a case: a cluster is missed where less than half of what is visible of it is found."""
        marked, truth = found.mask(), case.truth
        change = np.abs(_encoded(case) - case.encoded)[truth.rows, truth.cols]
        hit = marked[truth.rows, truth.cols]
        for cluster in case.clusters:
            visible = cluster.entries[change[cluster.entries] > VISIBLE]
            if len(visible):
                self.clusters += 1
                self.missed += bool(hit[visible].mean() < 0.5)
        good = ~(truth.mask() | case.ignore)
        self.false += int((marked & good).sum())
        self.pixels += int(good.sum())

    @property
    def missed_percent(self) -> float:
        """Share of the clusters."""
        return 100.0 * self.missed / max(self.clusters, 1)

    @property
    def false_per_mp(self) -> float:
        """Good pixels marked, per million."""
        return 1e6 * self.false / max(self.pixels, 1)


def _encoded(case: Case) -> Any:
    from isp.metrics.encoding import encoded_mosaic

    return encoded_mosaic(case.reference, case.damaged.mosaic)


def main() -> None:
    """Parse the command line, measure, write the page."""
    options = _parser().parse_args()
    name, _, folder = options.images.partition("=")
    files = photographs(Path(folder))
    begun = time.monotonic()
    parts = [
        _repair_part(name, files, options.crops),
        _curve_part(name, files, options.curve_crops),
    ]
    if options.data:
        parts.append(real_part(Path(options.data), BLIND, DETECTOR, BLOCKS))
    sections = [text for text, _ in parts]
    data: dict[str, Any] = {key: value for _, part in parts for key, value in part.items()}
    data["seconds"] = time.monotonic() - begun
    command = f"python -m benchmarks.blind_repair --images {name}=DIR" + (
        " --data DIR" if options.data else ""
    )
    text = (
        "Everything is found in the one frame that is repaired. Defect figures are taken on all true"
        " defects, found or not."
    )
    write_page(STEM, Page("Blind repair", text, command, sections), data)
    print(f"{STEM.name} in {data['seconds']:.0f} s", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", required=True, metavar="NAME=DIR")
    parser.add_argument("--data", default="", help="folder with raw/ and defects/")
    parser.add_argument("--crops", type=int, default=24, help="crops for the repair")
    parser.add_argument("--curve-crops", type=int, default=6, help="crops for the curves")
    return parser


def _plan(files: Sequence[Path], light: Light, protocols: Sequence[str], crops: int) -> Plan:
    chosen, each = spread_over(files, crops)
    variants = [one for name in protocols for one in protocol_variants(name)]
    return plan(
        inputs(chosen, light),
        variants,
        [KNOWN, BLIND, *BLOCKS],
        maps=("truth", "detected"),
        crops=each,
        crop_size=256,
        repeats=1,
        seed=0,
        demosaic="opencv_ea",
        detector=stage(DETECTOR),
    )


def _repair_part(name: str, files: list[Path], crops: int) -> tuple[str, dict[str, Any]]:
    rows, data = [], []
    for light in LIGHTS:
        print(f"{name}, {light.name}: repair", file=sys.stderr, flush=True)
        share = crops if light is LIGHTS[0] else crops // 2
        work = _plan(files, light, ("dynamic", "tiny"), share)
        results = run_plan(work)
        for failure in results.failures:
            print(f"  failed: {failure.input} {failure.stage}: {failure.reason}", file=sys.stderr)
        blocks = summarise(results.records, [KNOWN, BLIND, *BLOCKS], list(BLOCKS))
        for known, detected in zip(blocks[::2], blocks[1::2], strict=True):
            gap = _gap(results.records, known)
            rows.append(_repair_row(light, known, detected, gap))
            data.append({
                "light": light.name, "protocol": known.protocol, "variant": known.variant,
                "gap": vars(gap), "known": _psnr(known), "detected": _psnr(detected),
            })  # fmt: skip
    header = ["light", "damage", "`cluster`, map known", f"`{BLIND}`", "gap"]
    header += [f"`{DETECTOR}` + `cluster`", *(f"`{one}`" for one in BLOCKS)]
    text = (
        f"## Repair without a map, {name}\n\nEncoded PSNR on the defect pixels in dB, with 95 % intervals"
        " over images; *gap*: paired difference of blind repair to that with the known map.\n\n"
    )
    return text + table(header, rows), {"repair": data}


def _psnr(block: Block) -> dict[str, Any]:
    return {e.stage: vars(e.figures[PSNR]) for e in block.entries if PSNR in e.figures}


def _gap(records: Sequence[Any], block: Block) -> Any:
    """Paired difference of the blind stage to the corrector that knows the map."""
    values: dict[str, dict[tuple[str, str], float]] = {BLIND: {}, KNOWN: {}}
    for row in records:
        whole = {row.kind, row.size, row.density, row.channel} == {"all"}
        mine = (row.protocol, row.variant, row.metric) == (block.protocol, block.variant, PSNR)
        if whole and mine and row.stage in values and row.map in ("truth", "none"):
            values[row.stage][row.input, row.crop] = row.value
    units = [unit for unit in values[BLIND] if unit in values[KNOWN]]
    blind, known = ([values[one][u] for u in units] for one in (BLIND, KNOWN))
    return paired_lead(blind, known, [unit[0] for unit in units])


def _repair_row(light: Light, known: Block, detected: Block, gap: Any) -> list[str]:
    cell = [light.name, f"{known.protocol} {known.variant}"]
    cell += [with_interval(known.entry(one).figures[PSNR]) for one in (KNOWN, BLIND)]
    cell += [with_interval(gap), with_interval(detected.entry(KNOWN).figures[PSNR])]
    return cell + [f"{known.entry(one).figures[PSNR].mean:.2f}" for one in BLOCKS]


def _curve_part(name: str, files: list[Path], crops: int) -> tuple[str, dict[str, Any]]:
    """Missed clusters and false alarms over the threshold, for each protocol."""
    protocols = ("dynamic", "blind", "grade")
    found: dict[str, dict[str, list[tuple[float, Point]]]] = {}
    for protocol in protocols:
        print(f"{name}: curves, {protocol}", file=sys.stderr, flush=True)
        cases = _cases(_plan(files, LIGHTS[0], (protocol,), crops))
        cases += _cases(_plan(files, LIGHTS[2], (protocol,), crops))
        found[protocol] = {one: _curve(one, cases) for one in CURVES}
    path = STEM.with_name(f"{STEM.name}_curves.png")
    _draw(found, path)
    rows = [
        [protocol, f"`{one}`", f"{value:g}", f"{p.missed_percent:.1f}", f"{p.false_per_mp:.1f}"]
        for protocol in protocols
        for one in CURVES
        for value, p in found[protocol][one]
    ]
    text = (
        f"## Missed clusters and false alarms, {name}\n\nHalf of the crops without noise, half as taken"
        f" at gain 8. A cluster is missed where less than half of its visible pixels (encoded change"
        f" above {VISIBLE:g}) are marked; a whole column is one cluster.\n\n![Curves]({path.name})\n\n"
    )
    data = {
        protocol: {
            one: [{"threshold": value, **vars(p)} for value, p in points]
            for one, points in curves.items()
        }
        for protocol, curves in found.items()
    }
    header = ["protocol", "stage", "threshold", "missed clusters / %", "false alarms / MP"]
    return text + table(header, rows), {"curves": data}


def _cases(work: Plan) -> list[Case]:
    subjects = [one.open() for one in work.inputs]
    return [open_case(work, task, subjects[task.input]) for task in work.tasks]


def _curve(name: str, cases: Sequence[Case]) -> list[tuple[float, Point]]:
    key, values = CURVES[name]
    found = []
    for value in values:
        point, detect = Point(), _detecting(name, **{key: value})
        for case in cases:
            point.add(case, detect(case.damaged))
        found.append((value, point))
    return found


def _detecting(name: str, **params: float) -> Callable[[Any], DefectMap]:
    bound = stage(name, **params)

    def detect(frame: Any) -> DefectMap:
        result = bound(frame)
        return result if isinstance(result, DefectMap) else result[1]

    return detect


def _draw(found: dict[str, dict[str, list[tuple[float, Point]]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(found), figsize=(10.5, 3.4), sharey=True)
    for place, (protocol, curves) in zip(axes, found.items(), strict=True):
        for name, points in curves.items():
            x = [max(p.false_per_mp, 0.5) for _, p in points]
            place.plot(x, [p.missed_percent for _, p in points], "o-", ms=3, lw=1, label=name)
        place.set(xscale="log", xlabel="false alarms / MP (0 drawn at 0.5)", title=protocol)
        place.grid(alpha=0.3)
    axes[0].set_ylabel("missed clusters / %")
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    with atomic(path, force=True) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
    pyplot.close(figure)


if __name__ == "__main__":
    main()
