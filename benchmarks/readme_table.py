"""Write the README's results table from ``results/correctors.json``, so that it is never older.

python -m benchmarks.readme_table [--images Kodak24]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from isp.files import atomic

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
COLUMNS = (
    ("7–12 px, dense", ("dynamic", "density_1.0"), "defect_psnr_db"),
    ("7–12 px, half dense", ("dynamic", "density_0.5"), "defect_psnr_db"),
    ("1–3 px", ("tiny", "density_1.0"), "defect_psnr_db"),
    ("couplets", ("small", "couplet_horizontal"), "defect_psnr_db"),
    ("area, dense", ("dynamic", "density_1.0"), "area_psnr_db"),
)


def main() -> None:
    """Parse the command line and rewrite the section between the markers."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", default="Kodak24")
    images = parser.parse_args().images
    recorded = json.loads((ROOT / "benchmarks/results/correctors.json").read_text())
    blocks = {
        (one["protocol"], one["variant"]): one["stages"]
        for one in recorded["results"]
        if one["images"] == images
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    section = _section(images, recorded, blocks)
    with atomic(ROOT / "README.md", force=True) as path:
        path.write_text(f"{before}{BEGIN}\n{section}\n{END}{after}", encoding="utf-8")


def _section(images: str, recorded: dict[str, Any], blocks: dict[Any, Any]) -> str:
    """Heading, explanation and table."""
    first = blocks[COLUMNS[0][1]]
    order = sorted(first, key=lambda stage: -_mean(blocks, stage, *COLUMNS[0][1:]))
    heads = [name for name, key, _ in COLUMNS if key in blocks]
    lines = [
        "## Measured",
        "",
        f"PSNR in dB of {images} crops (256×256, one a photograph, mean), encoded, on the defect pixels"
        " (last column: on the defect areas after OpenCV's edge-aware demosaicing); the true map given;"
        " time for one crop. Intervals, paired leads, other images and figures:"
        " [benchmarks/results/correctors.md](benchmarks/results/correctors.md), made by"
        f" `{recorded['command']}`.",
        "",
        "| stage | " + " | ".join(heads) + " | ms |",
        "|---|" + "---|" * (len(heads) + 1),
    ]
    for stage in order:
        values = [_cell(blocks, stage, key, m) for _, key, m in COLUMNS if key in blocks]
        cost = first[stage].get("ms_per_crop")
        lines.append(f"| `{stage}` | {' | '.join(values)} | {f'{cost:.2f}' if cost else '–'} |")
    return "\n".join(lines)


def _mean(blocks: dict[Any, Any], stage: str, key: tuple[str, str], metric: str) -> float:
    figure = blocks[key].get(stage, {}).get(metric)
    return float(figure["mean"]) if figure else float("-inf")


def _cell(blocks: dict[Any, Any], stage: str, key: tuple[str, str], metric: str) -> str:
    value = _mean(blocks, stage, key, metric)
    best = max(_mean(blocks, other, key, metric) for other in blocks[key])
    if value == float("-inf"):
        return "–"
    return f"**{value:.1f}**" if value == best else f"{value:.1f}"


if __name__ == "__main__":
    main()
