"""The generators as stages on raw mosaics, with the map and blind, beside opponents."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.defect_gan.options import networks
from benchmarks.defect_gan.samples import SETS, SUFFIXES
from benchmarks.defect_gan.score import DIGITS, Results
from isp.comparison.finish import run_comparison
from isp.comparison.records import ALL
from isp.scenario.load import build
from isp.tasks.compare import plan_of

METRICS = (
    "area_psnr_db", "area_ssim", "defect_psnr_db", "global_psnr_db", "global_ssim",
    "good_changed_ppm", "ring_rmse_encoded",
)  # fmt: skip
PERCENT = ("area_ssim", "global_ssim")
WHOLE = ", whole frame"
OPPONENTS = ("fsr", "navier_stokes", "masked_median", "cluster", "rgb_median")


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Figures by set and density; ``--network`` names stages and their weights (``=`` alone: shipped)."""
    stages: list[Any] = list(OPPONENTS)
    for name, path in networks(options).items():
        given = {} if path == Path() else {"weights": str(path.resolve())}
        blind = f"{name}_blind"
        stages += [{name: given}, {blind: given}, {blind: {**given, "threshold": 0.0}}]
    found: dict[str, Any] = {}
    for name in SETS:
        folder = getattr(options, name)
        if folder is not None:
            found[name] = _compared(_files(folder, options.most), stages, options.draws)
    return found


def _files(folder: Path, most: int | None) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)[:most]


def _compared(files: list[Path], stages: list[Any], draws: int) -> dict[str, Results]:
    scenario = build(
        {
            "task": "compare",
            "input": {"files": [str(path) for path in files], "photograph": "plain"},
            "defects": {"protocol": "dynamic"},
            "correctors": stages,
            "compare": {"crops": draws},
        }
    )
    comparison = run_comparison(plan_of(scenario))
    if comparison.failures:
        raise SystemExit(f"A stage failed: {comparison.failures[0].reason}")
    return {
        variant: _results(comparison.records, variant)
        for variant in dict.fromkeys(row.variant for row in comparison.records)
    }


def short(label: str) -> str:
    """A stage's name without its parameters, but for a blind one whose whole frame is taken."""
    name, _, given = label.partition("(")
    return name + WHOLE if "threshold=0.0," in given else name


def _results(records: list[Any], variant: str) -> Results:
    """Figures over all defects, sample by sample in one order for all stages."""
    rows = [
        row
        for row in records
        if row.variant == variant
        and row.metric in METRICS
        and {row.kind, row.size, row.density, row.channel} == {ALL}
    ]
    units = sorted({(row.input, row.crop) for row in rows})
    table: dict[str, dict[str, dict[tuple[str, str], float]]] = {}
    for row in rows:
        value = 100 * row.value if row.metric in PERCENT else row.value
        table.setdefault(short(row.stage), {}).setdefault(row.metric, {})[row.input, row.crop] = (
            value
        )
    values = {
        stage: {
            metric: [round(by_unit[unit], DIGITS + 2) for unit in units]
            for metric, by_unit in figures.items()
            if len(by_unit) == len(units)
        }
        for stage, figures in table.items()
    }
    return {"images": [unit[0] for unit in units], "values": values}
