"""What stands in the report's tables: numbers made into text, the best of each column marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from isp.comparison.comparison import Comparison
from isp.comparison.contestants import CLEAN, DAMAGED
from isp.comparison.summary import Block, Breakdown, Entry, Lead
from isp.comparison.timing import Cost
from isp.metrics.bootstrap import Interval
from isp.metrics.catalogue import PERCENT, Figure, figure
from isp.metrics.pixels import PSNR_CAP_DB

MAIN = (
    "defect_psnr_db",
    "area_psnr_db",
    "area_ssim",
    "area_delta_e",
    "global_psnr_db",
    "model_score",
    "table_cost_db",
)
LEADS = ("defect_psnr_db", "area_psnr_db")
MINUS = "\u2212"


@dataclass(frozen=True)
class Cell:
    """One number: its text, what stands small below it, and whether it leads its column."""

    text: str
    below: tuple[str, ...] = ()
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One stage's line."""

    stage: str
    kind: str
    cells: list[Cell]
    aside: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its column heads (text, unit and explanation)."""

    title: str
    heads: list[tuple[str, str, str]]
    rows: list[Row] = field(default_factory=list)


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """A number as text, with a real minus sign; a zero carries none."""
    if not math.isfinite(value):
        return "\u2013"
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def shown(metric: str, value: float) -> str:
    """A figure's value as text: shares in %, exact repairs as such."""
    one = figure(metric)
    if one.unit == "dB" and value >= PSNR_CAP_DB - 0.005:
        return "exact"
    scale = 100 if metric.partition("@")[0] in PERCENT else 1
    return number(scale * value, one.digits, signed=one.better == "zero")


def interval_text(metric: str, interval: Interval) -> tuple[str, ...]:
    """The interval below a mean; nothing where there is none or it says nothing."""
    low, high = shown(metric, interval.low), shown(metric, interval.high)
    return () if "\u2013" in (low, high) or low == high else (f"{low} … {high}",)


def lead_cell(metric: str, lead: Lead | None) -> Cell:
    """A lead over the best other classical stage."""
    if lead is None:
        return Cell("\u2013")
    digits = figure(metric).digits
    one = lead.interval
    low, high = (number(end, digits, signed=True) for end in (one.low, one.high))
    between = () if "\u2013" in (low, high) else (f"{low} … {high}",)
    return Cell(number(one.mean, digits, signed=True), (*between, f"over {lead.over}"))


def head(one: Figure) -> tuple[str, str, str]:
    """Column head of a figure, with an arrow that says which way is better."""
    arrow = {"higher": "↑", "lower": "↓", "zero": "→ 0", "one": "→ 1"}[one.better]
    return one.label, f"{one.unit} {arrow}".strip(), one.meaning


def kind_of(comparison: Comparison, stage: str) -> str:
    """What a stage is, in a word."""
    if stage in (CLEAN, DAMAGED):
        return "undamaged" if stage == CLEAN else "uncorrected"
    one = comparison.contestant(stage)
    if one is None:
        return ""
    return "learned" if one.learned and one.kind == "corrector" else one.kind


def best_values(entries: Sequence[Entry], metric: str) -> float | None:
    """The best mean of a column among the contestants; None where all are alike."""
    rank = figure(metric)
    means = [
        one.figures[metric].mean
        for one in entries
        if metric in one.figures and one.stage not in (CLEAN, DAMAGED)
    ]
    return min(means, key=rank.loss) if len(set(means)) > 1 else None


def main_table(comparison: Comparison, block: Block) -> Table:
    """Main figures with intervals, leads and cost."""
    metrics = [m for m in MAIN if any(m in one.figures for one in block.entries)]
    leads = [m for m in LEADS if m in metrics]
    heads = [head(figure(m)) for m in metrics]
    heads += [
        (f"Lead, {'defect' if m == LEADS[0] else 'area'}", figure(m).unit,
         "paired, over the best other classical stage on the same crops") for m in leads
    ]  # fmt: skip
    heads.append(("Cost", "ms a crop ↓", "median time of the repair of one crop, alone and warm"))
    rows = []
    for entry in block.entries:
        cells = _cells(block, entry, metrics, intervals=True)
        cells += [lead_cell(m, entry.leads.get(m)) for m in leads]
        cells.append(_cost_cell(comparison, entry.stage))
        rows.append(_row(comparison, entry.stage, cells))
    return Table("Main figures", heads, rows)


def more_table(comparison: Comparison, block: Block) -> Table:
    """All other figures."""
    metrics = list(dict.fromkeys(m for one in block.entries for m in one.figures if m not in MAIN))
    rows = [
        _row(comparison, entry.stage, _cells(block, entry, metrics, intervals=False))
        for entry in block.entries
    ]
    return Table("All other figures", [head(figure(m)) for m in metrics], rows)


def _row(comparison: Comparison, stage: str, cells: list[Cell]) -> Row:
    return Row(stage, kind_of(comparison, stage), cells, stage in (CLEAN, DAMAGED))


def _cells(block: Block, entry: Entry, metrics: Sequence[str], *, intervals: bool) -> list[Cell]:
    cells = []
    for metric in metrics:
        one = entry.figures.get(metric)
        if one is None:
            cells.append(Cell("\u2013"))
            continue
        best = entry.stage not in (CLEAN, DAMAGED) and one.mean == best_values(
            block.entries, metric
        )
        below = interval_text(metric, one) if intervals else ()
        cells.append(Cell(shown(metric, one.mean), below, best))
    return cells


def _cost_cell(comparison: Comparison, stage: str) -> Cell:
    cost = comparison.cost(stage, "crop")
    if cost is None:
        return Cell("\u2013")
    return Cell(duration(cost.median_ms), (_quartiles(cost),))


def _quartiles(cost: Cost) -> str:
    return f"{duration(cost.low_ms)} … {duration(cost.high_ms)}"


def duration(value_ms: float) -> str:
    """A duration in ms with three significant digits."""
    digits = max(0, 2 - math.floor(math.log10(value_ms))) if value_ms > 0 else 2
    return number(value_ms, min(digits, 3))


def cost_table(comparison: Comparison) -> Table:
    """Time on crops and on the whole frame."""
    heads = [
        ("A crop", "ms", "median; quartiles below"),
        ("A whole frame", "ms", "median; quartiles below"),
        ("Throughput", "MP/s ↑", "pixels of the whole frame over its median time"),
        ("Runs", "", "of the whole frame, warm-up excluded"),
    ]
    rows = []
    for stage in comparison.stages:
        crop, frame = (comparison.cost(stage, scope) for scope in ("crop", "frame"))
        if crop is None and frame is None:
            continue
        cells = [_cost_cell(comparison, stage)]
        if frame is None:
            cells += [Cell("\u2013")] * 3
        else:
            cells += [
                Cell(duration(frame.median_ms), (_quartiles(frame),)),
                Cell(number(frame.megapixels_per_s, 1)),
                Cell(str(frame.runs)),
            ]
        rows.append(_row(comparison, stage, cells))
    return Table("Cost", heads, rows)


def breakdown_table(comparison: Comparison, one: Breakdown) -> Table:
    """One figure by kind, size, density or channel."""
    metric = figure(one.metric)
    heads = [(column, "", f"{metric.meaning}; {one.dimension}: {column}") for column in one.columns]
    able = {s: row for s, row in one.rows.items() if s not in (CLEAN, DAMAGED)}
    best = {
        column: min(
            (row[column] for row in able.values() if column in row),
            key=metric.loss,
            default=None,
        )
        for column in one.columns
    }
    rows = []
    for stage, values in one.rows.items():
        cells = [
            Cell(
                shown(one.metric, values[column]),
                best=stage in able and values[column] == best[column],
            )
            if column in values
            else Cell("\u2013")
            for column in one.columns
        ]
        rows.append(_row(comparison, stage, cells))
    unit = f" [{metric.unit}]" if metric.unit else ""
    return Table(f"{metric.label}{unit} by {one.dimension}", heads, rows)


def overview_table(comparison: Comparison, metric: str) -> Table | None:
    """One figure of every stage under every damage and map; None where there is but one."""
    blocks = [b for b in comparison.blocks if any(metric in e.figures for e in b.entries)]
    if len(blocks) < 2:
        return None
    heads = [(b.variant or b.protocol, b.map, f"{b.damage}, map: {b.map}")
             for b in blocks]  # fmt: skip
    best = [best_values(b.entries, metric) for b in blocks]
    rows = []
    for stage in (*_ranked(comparison, metric), DAMAGED, CLEAN):
        cells = []
        for block, top in zip(blocks, best, strict=True):
            one = next((e.figures.get(metric) for e in block.entries if e.stage == stage), None)
            if one is None:
                cells.append(Cell("\u2013"))
            else:
                leading = stage not in (CLEAN, DAMAGED) and one.mean == top
                cells.append(Cell(shown(metric, one.mean), best=leading))
        rows.append(_row(comparison, stage, cells))
    one_figure = figure(metric)
    return Table(f"{one_figure.label} [{one_figure.unit}]", heads, rows)


def _ranked(comparison: Comparison, metric: str) -> list[str]:
    """Contestants by their mean over all blocks, best first."""
    rank = figure(metric)

    def loss(stage: str) -> float:
        means = [
            e.figures[metric].mean
            for b in comparison.blocks
            for e in b.entries
            if e.stage == stage and metric in e.figures
        ]
        return rank.loss(sum(means) / len(means)) if means else math.inf

    return sorted(comparison.stages, key=loss)
