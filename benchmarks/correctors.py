"""How well the correctors repair: every corrector on photographs it never saw, one run, one table.

    python -m benchmarks.correctors --images Kodak24=DIR [--images NAME=DIR ...] [--crops 1]

Each photograph becomes a mosaic (``plain``: inverse sRGB, 12-bit DN over black 256; ``unprocessed``: as a
camera would have taken it, with the preset's noise), one seeded 256×256 crop of it is damaged by each
protocol, and every corrector gets the true map. Writes ``results/correctors.md`` and ``.json``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.page import Page, with_interval, write_page
from isp.comparison.comparison import Comparison
from isp.comparison.finish import run_comparison
from isp.comparison.summary import Block
from isp.registry import infos
from isp.scenario.load import build
from isp.tasks.compare import plan_of

RESULTS = Path(__file__).parent / "results"
PROTOCOLS = ("dynamic", "tiny", "small")
METRICS = ("defect_psnr_db", "area_psnr_db", "area_ssim", "area_delta_e")
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
SLOW = ("cluster_adapted",)
"""Takes most of a minute a crop, and has a page of its own: `benchmarks.adaptation`."""


def main() -> None:
    """Parse the command line, measure, write the page."""
    options = _parser().parse_args()
    stages = options.stages.split(",") if options.stages else _all_correctors()
    sections, data = [], []
    for given in options.images:
        name, _, folder = given.partition("=")
        files = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in SUFFIXES)
        for protocol in options.protocols.split(","):
            print(f"{name} {protocol} {options.photograph}", file=sys.stderr)
            found = _compare(files, protocol, stages, options)
            sections += [_section(name, found, block) for block in found.blocks]
            data += [_record(name, found, block) for block in found.blocks]
    command = "python -m benchmarks.correctors " + " ".join(
        f"--images {g.partition('=')[0]}=DIR" for g in options.images
    )
    page = Page(
        "Correctors on photographs",
        "Means over crops with 95 % bootstrap intervals over images. *Lead*: paired difference of the"
        " defect-pixel PSNR to the best other classical corrector of the same run. Defect-pixel figures"
        " and area figures are never set against each other.",
        command,
        sections,
    )
    write_page(RESULTS / options.output, page, {"results": data, "photograph": options.photograph})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--protocols", default=",".join(PROTOCOLS))
    parser.add_argument("--photograph", default="plain", choices=["plain", "unprocessed"])
    parser.add_argument("--sensor", default="phone")
    parser.add_argument("--stages", default="", help="default: all but slow ones")
    parser.add_argument("--crops", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", default="correctors", metavar="NAME")
    return parser


def _all_correctors() -> list[str]:
    return [one.name for one in infos("corrector", "naive") if one.name not in SLOW]


def _compare(
    files: list[Path], protocol: str, stages: list[str], options: argparse.Namespace
) -> Comparison:
    scenario = build(
        {
            "task": "compare",
            "seed": options.seed,
            "input": {"files": [str(p) for p in files], "photograph": options.photograph},
            "sensor": options.sensor,
            "defects": {"protocol": protocol},
            "correctors": stages,
            "compare": {"crops": options.crops},
        }
    )
    return run_comparison(plan_of(scenario), _progress)


def _progress(done: int, total: int, name: str) -> None:
    if done % 20 == 0 or done == total:
        print(f"  {done}/{total}", file=sys.stderr)


def _section(images: str, found: Comparison, block: Block) -> str:
    crops = max(len(block.entries), 1) and len({(r.input, r.crop) for r in found.records})
    rows = [
        f"## {images}, {block.protocol} {block.variant} ({crops} crops)",
        "",
        "| stage | defect PSNR / dB | lead / dB | area PSNR / dB | area SSIM | area ΔE00 | ms a crop |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in block.entries:
        if entry.stage == "clean":
            continue
        figures = entry.figures
        lead = entry.leads.get("defect_psnr_db")
        cost = found.cost(entry.stage, "crop")
        cells = [
            _interval(figures.get("defect_psnr_db"), 2),
            f"{_interval(lead.interval, 2)} over {lead.over}" if lead else "–",
            *(_interval(figures.get(metric), digits) for metric, digits in _AREA),
            f"{cost.median_ms:.2f}" if cost else "–",
        ]
        rows.append(f"| `{entry.stage}` | " + " | ".join(cells) + " |")
    return "\n".join(rows)


_AREA = (("area_psnr_db", 2), ("area_ssim", 3), ("area_delta_e", 2))


def _interval(value: Any, digits: int) -> str:
    if value is None:
        return "–"
    return with_interval(value, digits)


def _record(images: str, found: Comparison, block: Block) -> dict[str, Any]:
    stages = {}
    for entry in block.entries:
        if entry.stage == "clean":
            continue
        cost = found.cost(entry.stage, "crop")
        stages[entry.stage] = {
            **{m: vars(entry.figures[m]) for m in METRICS if m in entry.figures},
            "ms_per_crop": cost.median_ms if cost else None,
        }
    place = {"images": images, "protocol": block.protocol, "variant": block.variant}
    return {**place, "map": block.map, "stages": stages}


if __name__ == "__main__":
    main()
