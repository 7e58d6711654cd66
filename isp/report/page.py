"""The report's page: what it says, in what order; the layout is in ``templates/``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.exhibits import Exhibit
from isp.comparison.subject import damage_label
from isp.comparison.summary import SCORES, Block, Lead
from isp.comparison.table import TABLE
from isp.comparison.whole import WholeFrame
from isp.maps import TableLimits
from isp.metrics.bootstrap import Interval
from isp.metrics.catalogue import figure
from isp.report import tables
from isp.report.images import ERROR_TOP, error_map, jpeg_uri, png_uri
from isp.report.plot import Point, scatter
from isp.report.tables import Table, number

WHERE = dict(zip(SCORES, ("on the defect pixels", "on the defect areas"), strict=True))
MAP_WORDS = {
    "truth": "the true map",
    "detected": "a detected map",
    "wrong10": "a map with 10 % missed and 10 % extra",
    "none": "no map",
}
MAP_WORDS |= {f"{name}{TABLE}": f"{words}, cut to the table" for name, words in MAP_WORDS.items()}


@dataclass(frozen=True)
class Answer:
    """Which stage repairs best under one damage, in a sentence that begins with the stage.

    Where nothing could be scored there is no stage, and the sentence says why.
    """

    damage: str
    stage: str
    text: str


@dataclass(frozen=True)
class Section:
    """One damage and one map."""

    anchor: str
    title: str
    answer: Answer | None
    main: Table
    more: Table
    breakdowns: list[Table]
    detection: list[tuple[str, str, tuple[str, ...], str]]
    plot: str


@dataclass(frozen=True)
class Tile:
    """One cut-out: the picture, and its error map where it is not the truth."""

    label: str
    picture: str
    error: str = ""


@dataclass(frozen=True)
class Plate:
    """All cut-outs of one defect."""

    title: str
    where: str
    side: int
    tiles: list[Tile]


@dataclass(frozen=True)
class Whole:
    """One whole frame, as each contestant leaves it."""

    title: str
    aspect: str
    boxes: list[str]
    shown: list[tuple[str, str]]
    folded: list[tuple[str, str]]


def render(comparison: Comparison) -> str:
    """The page as HTML that needs no other file and no script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("isp.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(view(comparison))


def view(comparison: Comparison) -> dict[str, Any]:
    """Everything that the template shows."""
    settings = comparison.plan.settings
    sections = [_section(comparison, n, block) for n, block in enumerate(comparison.blocks)]
    overviews = [tables.overview_table(comparison, metric) for metric in SCORES]
    return {
        "title": "Which stage repairs this sensor damage best, and what does it cost?",
        "answers": _first_answers(comparison, sections),
        "facts": _facts(comparison),
        "sections": sections,
        "overviews": [one for one in overviews if one is not None],
        "costs": tables.cost_table(comparison),
        "costs_of": _costs_of(comparison),
        "plates": [_plate(one) for one in comparison.exhibits],
        "error_top": ERROR_TOP,
        "wholes": [_whole(comparison, one) for one in comparison.frames],
        "failures": comparison.failures,
        "notes": comparison.notes,
        "settings": settings,
        "damages": [damage_label(one.protocol, one.name) for one in comparison.plan.variants],
        "environment": comparison.environment,
        "provenance": comparison.provenance,
        "meanings": _meanings(comparison),
        "created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _costs_of(comparison: Comparison) -> str:
    """What the costs were taken on."""
    crop = next((one for one in comparison.costs if one.scope == "crop"), None)
    frame = next((one for one in comparison.costs if one.scope == "frame"), None)
    parts = [f"{crop.input} with {crop.defects} marked pixels on average"] if crop else []
    if frame is not None:
        size = f"{frame.pixels / 1e6:.2f} MP"
        parts.append(f"the whole of {frame.input} ({size}) with {frame.defects} marked pixels")
    return ", ".join(parts)


def _first_answers(comparison: Comparison, sections: list[Section]) -> list[Answer]:
    """The answers under the first map: those under the others stand in their sections."""
    first = comparison.blocks[0].map
    pairs = zip(comparison.blocks, sections, strict=True)
    return [one.answer for block, one in pairs if block.map == first and one.answer is not None]


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    plan = comparison.plan
    used = len({row.input for row in comparison.records})
    crops = len({(row.input, row.crop) for row in comparison.records})
    return [
        ("inputs", f"{used} of {len(plan.inputs)}"),
        (
            "crops",
            f"{crops} of {plan.crop_size}×{plan.crop_size}" if plan.crops else "whole frames",
        ),
        ("stages", str(len(plan.contestants))),
        ("damage", ", ".join(dict.fromkeys(v.protocol for v in plan.variants))),
        ("maps", ", ".join(plan.maps)),
        *([("defect table", _table(plan.table))] if plan.table is not None else []),
        ("demosaicing", ", ".join(one.demosaic for one in plan.scorer.developments)),
        ("seed", str(plan.seed)),
    ]


def _table(table: TableLimits) -> str:
    entries = "any number of" if table.capacity is None else str(table.capacity)
    return f"{entries} entries a crop, dilated by {table.dilate_px} px"


def _section(comparison: Comparison, position: int, block: Block) -> Section:
    return Section(
        anchor=f"result-{position + 1}",
        title=_damage(block),
        answer=_answer(comparison, block),
        main=tables.main_table(comparison, block),
        more=tables.more_table(comparison, block),
        breakdowns=[tables.breakdown_table(comparison, one) for one in block.breakdowns],
        detection=[_detection(name, one) for name, one in block.detection.items()],
        plot=_plot(comparison, block),
    )


def _detection(name: str, interval: Interval) -> tuple[str, str, tuple[str, ...], str]:
    one = figure(name)
    return (
        one.label,
        f"{tables.shown(name, interval.mean)} {one.unit}",
        tables.interval_text(name, interval),
        one.meaning,
    )


def _answer(comparison: Comparison, block: Block) -> Answer | None:
    """The best stage of a block, how far it leads, and what it costs."""
    if block.unscored:
        return Answer(_damage(block), "", block.unscored)
    metric = next((m for m in SCORES if block.best(m)), None)
    if metric is None:
        return None
    best, one = block.best(metric), figure(metric)
    entry = block.entry(best)
    text = f"repairs best: {tables.shown(metric, entry.figures[metric].mean)} {one.unit}"
    text += f" {WHERE[metric]}"
    if metric in entry.leads:
        text += f", {_lead_words(entry.leads[metric], one.unit)}"
    cost = comparison.cost(best, "crop")
    text += f"; {tables.duration(cost.median_ms)} ms a crop." if cost is not None else "."
    return Answer(_damage(block), best, text)


def _lead_words(lead: Lead, unit: str) -> str:
    """A lead in words: it is one only where its interval is on one side of 0."""
    one = lead.interval
    gain = f"{number(one.mean, 2, signed=True)} {unit}"
    if not isfinite(one.low):
        return f"{gain} against {lead.over}"
    between = f"({number(one.low, 2, signed=True)} … {number(one.high, 2, signed=True)})"
    if one.low <= 0 <= one.high:
        return f"not told apart from {lead.over}: {gain} {between}"
    return f"{gain} {between} against {lead.over}"


def _damage(block: Block) -> str:
    return f"{block.damage}, {MAP_WORDS.get(block.map, block.map)}"


def _plot(comparison: Comparison, block: Block) -> str:
    """Quality against cost; by the area figure where stages on pictures take part."""
    metric = "area_psnr_db" if _all_have(comparison, block, "area_psnr_db") else SCORES[0]
    points = []
    for entry in block.entries:
        cost, value = comparison.cost(entry.stage, "crop"), entry.figures.get(metric)
        if cost is not None and value is not None:
            kind = tables.kind_of(comparison, entry.stage)
            points.append(
                Point(entry.stage, kind, cost.median_ms, value.mean, value.low, value.high)
            )
    one = figure(metric)
    return scatter(points, f"{one.label}, {one.unit}")


def _all_have(comparison: Comparison, block: Block, metric: str) -> bool:
    return all(metric in one.figures for one in block.entries)


def _plate(one: Exhibit) -> Plate:
    tiles = [Tile("truth", png_uri(one.truth))]
    tiles += [
        Tile(
            "damaged" if label == "none" else label,
            png_uri(picture),
            png_uri(error_map(one.errors[label])),
        )
        for label, picture in one.tiles.items()
    ]
    place = one.place
    return Plate(
        title=one.cluster,
        where=f"{one.input}, crop {one.crop}, rows {place.top} to {place.bottom - 1}, columns"
        f" {place.left} to {place.right - 1}; {one.variant}, map: {one.map}",
        side=place.width,
        tiles=tiles,
    )


def _whole(comparison: Comparison, one: WholeFrame) -> Whole:
    best = comparison.blocks[0].best("area_psnr_db")
    pictures = {
        {"clean": "undamaged", "none": "damaged"}.get(label, label): jpeg_uri(picture)
        for label, picture in one.pictures.items()
    }
    first = [label for label in ("damaged", best, "undamaged") if label in pictures]
    height, width = one.shape
    boxes = [
        f"left:{100 * a.left / width:.2f}%;top:{100 * a.top / height:.2f}%;"
        f"width:{100 * a.width / width:.2f}%;height:{100 * a.height / height:.2f}%"
        for a in one.places
    ]
    return Whole(
        title=f"{one.input}, {width}×{height}, {one.variant}",
        aspect=f"{width} / {height}",
        boxes=boxes,
        shown=[(label, pictures[label]) for label in first],
        folded=[(label, uri) for label, uri in pictures.items() if label not in first],
    )


def _meanings(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Label, unit and meaning of every figure in the report."""
    names = dict.fromkeys(row.metric for row in comparison.records)
    return [(one.label, one.unit, one.meaning) for one in map(figure, names)]
