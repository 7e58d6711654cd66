"""The files of a comparison: each appears whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, astuple
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.records import COLUMNS
from isp.comparison.summary import Block, Entry
from isp.files import atomic, check_outputs
from isp.report.page import render

FORMAT_VERSION = 1
_FILES: dict[str, Callable[[Comparison], str]] = {
    "metrics.csv": lambda one: metrics_csv(one),
    "metrics.json": lambda one: to_json(metrics_data(one), indent=None),
    "summary.json": lambda one: to_json(summary_data(one)),
    "environment.json": lambda one: to_json(one.environment),
    "report.html": render,
}


def save_comparison(comparison: Comparison, folder: Path, *, force: bool = False) -> Path:
    """Write all files of a comparison; returns the path of the report.

    Raises
    ------
    FileError
        If a file is there already and ``force`` is not given: nothing is written then.
    """
    check_outputs(*comparison_paths(folder), force=force)
    for name, make in _FILES.items():
        with atomic(folder / name, force=force) as temporary:
            temporary.write_text(make(comparison), encoding="utf-8", newline="")
    return folder / "report.html"


def comparison_paths(folder: Path) -> list[Path]:
    """The files of a comparison in a folder."""
    return [folder / name for name in _FILES]


def metrics_csv(comparison: Comparison) -> str:
    """All rows in long form, one figure a line."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in comparison.records:
        *words, value = astuple(row)
        writer.writerow([*words, f"{value:.9g}"])
    return text.getvalue()


def metrics_data(comparison: Comparison) -> dict[str, Any]:
    """All rows as data: the columns' names once, then a list a row."""
    rows = [[*astuple(row)[:-1], float(f"{row.value:.9g}")] for row in comparison.records]
    return {"version": FORMAT_VERSION, "columns": list(COLUMNS), "rows": rows}


def summary_data(comparison: Comparison) -> dict[str, Any]:
    """Means, intervals, leads and costs as data."""
    return {
        "version": FORMAT_VERSION,
        "settings": comparison.plan.settings,
        "results": [_block(block) for block in comparison.blocks],
        "costs": [asdict(c) | {"mp_per_s": c.megapixels_per_s} for c in comparison.costs],
        "notes": comparison.notes,
        "failed": [asdict(one) for one in comparison.failures],
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "protocol": block.protocol,
        "variant": block.variant,
        "map": block.map,
        "stages": [_entry(entry) for entry in block.entries],
        "detection": {name: asdict(one) for name, one in block.detection.items()},
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "stage": entry.stage,
        "figures": {name: asdict(one) for name, one in entry.figures.items()},
        "leads": {
            name: {"over": one.over, **asdict(one.interval)} for name, one in entry.leads.items()
        },
    }


def to_json(data: Any, indent: int | None = 2) -> str:
    """Strict JSON: numbers that JSON does not have (an interval of one value) become null."""
    return json.dumps(_strict(data), indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


def _strict(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _strict(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_strict(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data
