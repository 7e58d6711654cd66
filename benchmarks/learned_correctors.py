"""What the learned correctors gain: every classical corrector beside them, on images never trained on.

    python -m benchmarks.learned_correctors --images Kodak24=DIR --images CBSD68=DIR --raw DIR

Writes ``results/learned_correctors.md``, ``.json`` and the picture of the worst failures. ``--crops``
(48) is the number of crops a set in the rows without noise; the other rows take fewer.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.learned import alone, cost, failures, rows, tables
from benchmarks.learned.inputs import photographs
from benchmarks.learned.rows import Row
from benchmarks.page import Page, write_page

STEM = Path(__file__).parent / "results" / "learned_correctors"
WORST, CROPS = 10, 48
TEXT = (
    "Encoded PSNR on the defect pixels (dB), mean over crops of 256×256 px with 95 % bootstrap"
    " intervals over images, the true map given (`cluster_blind`: no map). Bold: paired lead over the"
    " best classical corrector of that row, which is named. *plain*: inverse sRGB, 12 bit."
    " *unprocessed*: as the `phone` preset would have taken the photograph, with its noise, scored"
    " against the noise-free scene."
)


def main() -> None:
    """Parse the command line, measure, write the page."""
    options = _parser().parse_args()
    images = {
        name: photographs(Path(folder))
        for name, _, folder in (given.partition("=") for given in options.images)
    }
    begun = time.monotonic()
    found = rows.main_rows(images, options.crops)
    sections, data = _main_part(found)
    lone = alone.measure(images, options.crops)
    sections.append(alone.section(lone))
    data["alone"] = [alone.cell_data(cell) for cell in lone]
    costs = cost.measure()
    sections.append(cost.section(costs))
    data["cost"] = costs
    if options.raw:
        real = rows.real_rows(Path(options.raw), options.crops // 2)
        sections.append(_real_part(real))
        data["real"] = [tables.row_data(row) for row in real]
    first = next(iter(images))
    conditions = rows.condition_rows(images[first], options.crops)
    sections.append(_condition_part(first, conditions))
    sections.append(_failure_part(images, found, options.crops))
    data["seconds"] = time.monotonic() - begun
    given = [f"--images {name}=DIR" for name in images]
    given += ["--raw DIR"] if options.raw else []
    given += [f"--crops {options.crops}"] if options.crops != CROPS else []
    command = "python -m benchmarks.learned_correctors " + " ".join(given)
    write_page(STEM, Page("Learned correctors", TEXT, command, sections), data)
    print(f"{STEM.name} in {data['seconds']:.0f} s", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--raw", default="", help="folder with the known real frames")
    parser.add_argument("--crops", type=int, default=CROPS, help="crops a set in the first rows")
    return parser


def _main_part(found: list[Row]) -> tuple[list[str], dict[str, Any]]:
    sections = [
        "## Defect pixels\n\n" + tables.main_table(found),
        "## Structure, losses, honesty\n\n*Missing SSIM*: 1 − SSIM on the defect areas over that of the"
        " classical corrector with the best SSIM (below 0.5 half of it is gone). *Worse*: share of the"
        " clusters on which the stage is behind the best classical corrector of the row by more than 1"
        " dB. *Within*: share of the errors below one and two predicted standard deviations, over the"
        " rows of a run (a Laplace law says 76 and 94 %).\n\n" + tables.trust_table(found),
    ]
    return sections, {"rows": [tables.row_data(row) for row in found]}


def _real_part(real: list[Row]) -> str:
    return (
        "## Real raw frames\n\nMean square error less the frame's own noise variance in (% of full"
        " scale)², lower is better; the noise model is estimated from each frame, defects that it had"
        " before do not count. Leads below 0 are gains.\n\n"
        + tables.main_table(real, tables.REAL, 3)
        + "\n\nThe same as PSNR against the noisy frame:\n\n"
        + tables.main_table(real)
    )


def _condition_part(images: str, found: list[Any]) -> str:
    return (
        f"## Phases, depths, exposure, borders\n\n{images}, `dynamic` and `tiny`, mean PSNR per cluster"
        " in dB; in brackets the lead over `fsr` on the same clusters. *One stop darker*: half the"
        " light on the same code grid, the repair doubled. *At the frame's corner*: the crop cut so that"
        " its upper left corner is the cluster's.\n\n" + tables.condition_table(found)
    )


def _failure_part(images: dict[str, list[Path]], found: list[Row], crops: int) -> str:
    first = found[0].light
    errors = [
        one
        for row in found
        for one in row.looks.errors
        if row.light == first and row.block.protocol in rows.MAIN
    ]
    plans = {name: rows.open_main(files, crops) for name, files in images.items()}
    chosen = failures.worst(errors, "cluster", WORST)
    shown = [failures.examine(one, plans[one.images]) for one in chosen]
    path = STEM.with_name(f"{STEM.name}_worst.png")
    failures.draw(shown, path)
    return (
        "## The worst repairs of `cluster`\n\nLargest error without noise, at most one of a crop; the"
        " causes are told from measurements on the truth.\n\n"
        f"![The worst repairs: truth, damage, fsr, cluster]({path.name})\n\n"
        + failures.sentences(shown)
    )


if __name__ == "__main__":
    main()
