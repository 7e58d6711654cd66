"""What the networks repair when they are given the map, and without it, beside the masked fills."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.finish import run_comparison
from isp.comparison.summary import Block
from isp.registry import stage_names
from isp.scenario.load import build
from isp.tasks.compare import plan_of

PROTOCOLS = ("dynamic", "small")
STAGES: tuple[str | dict[str, Any], ...] = (
    "masked_median", "navier_stokes", "fsr", "cluster",
    "ae", "memae", "cae",
    {"ae": {"join": False}}, {"memae": {"join": False}}, {"cae": {"join": False}},
    "intra", "ae_blind", "memae_blind", "cae_blind",
)  # fmt: skip

DEFAULTS = ", device=auto, precision=auto, weights="
"""What a stage's label says of parameters that nobody set."""


def compare(files: Sequence[Path], protocol: str) -> Comparison:
    """All that are there, on one crop of each file."""
    there = stage_names()
    stages = [one for one in STAGES if (one if isinstance(one, str) else next(iter(one))) in there]
    scenario = build(
        {
            "task": "compare",
            "seed": 0,
            "input": {"files": [str(path) for path in files], "photograph": "plain"},
            "defects": {"protocol": protocol},
            "correctors": stages,
        }
    )
    return run_comparison(plan_of(scenario), _progress)


def _progress(done: int, total: int, name: str) -> None:
    if done % 10 == 0 or done == total:
        print(f"  repair {done}/{total}", file=sys.stderr)


def table(found: Comparison, crops: int) -> str:
    """Markdown: encoded PSNR on the defect pixels of every variant, and the time."""
    blocks = found.blocks
    labels = [entry.stage for entry in blocks[0].entries if entry.stage != "clean"]
    heads = [f"{b.protocol} {b.variant}".replace("density_", "") for b in blocks]
    lines = [f"## Repair, protocol {blocks[0].protocol} ({crops} crops of 256×256)", "",
             "PSNR of the defect pixels on encoded levels, dB, means with 95 % bootstrap intervals over"
             " images; `_blind` stages are given no map.", "",
             "| stage | " + " | ".join(heads) + " | ms a crop |",
             "|---|" + "---|" * (len(blocks) + 1)]  # fmt: skip
    for label in labels:
        cost = found.cost(label, "crop")
        cells = [_cell(block, label) for block in blocks]
        time = f"{cost.median_ms:.1f}" if cost else "–"
        short = label.replace(DEFAULTS, "")
        lines.append(f"| `{short}` | " + " | ".join([*cells, time]) + " |")
    return "\n".join(lines)


def _figure(block: Block, label: str) -> Any:
    for entry in block.entries:
        if entry.stage == label:
            return entry.figures.get("defect_psnr_db")
    return None


def _cell(block: Block, label: str) -> str:
    value = _figure(block, label)
    return "–" if value is None else f"{value.mean:.2f} [{value.low:.2f}, {value.high:.2f}]"


def data(found: Comparison) -> list[dict[str, Any]]:
    """For the JSON."""
    records = []
    for block in found.blocks:
        for entry in block.entries:
            if entry.stage != "clean":
                value, cost = _figure(block, entry.stage), found.cost(entry.stage, "crop")
                records.append({
                    "protocol": block.protocol, "variant": block.variant, "stage": entry.stage,
                    "defect_psnr_db": None if value is None else vars(value),
                    "ms_per_crop": cost.median_ms if cost else None,
                })  # fmt: skip
    return records
