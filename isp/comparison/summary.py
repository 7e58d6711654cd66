"""From records to tables: means with intervals over images, and paired leads over the best opponent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from isp.cfa import CHANNEL_NAMES
from isp.comparison.contestants import CLEAN, DAMAGED
from isp.comparison.records import ALL, NO_MAP, Record
from isp.comparison.subject import damage_label
from isp.metrics.bootstrap import Interval, mean_interval, paired_lead
from isp.metrics.catalogue import figure

Unit = tuple[str, str]  # input, crop
Values = dict[Unit, float]
DIMENSIONS = ("kind", "size", "density", "channel")

SCORES = ("defect_psnr_db", "area_psnr_db")
"""What stages are ranked by: the first of these that a block has."""

NOTHING_COUNTS = (
    "No defect counts: none was drawn, or all lie where the frame is saturated or was defective"
    " before."
)

DETECTED = "detection_"
OF_THE_MAP = (DETECTED, "table_entries", "table_left")  # figures of the map, not of a stage


@dataclass(frozen=True)
class Lead:
    """How far a stage is ahead of the best other classical stage, on the same crops.

    Parameters
    ----------
    over : str
        That stage: chosen anew for each figure.
    interval : Interval
        Of the difference of the figures, in the figure's own sense (not turned round where lower is
        better).
    """

    over: str
    interval: Interval


@dataclass(frozen=True)
class Entry:
    """One stage's line of a table."""

    stage: str
    figures: Mapping[str, Interval]
    leads: Mapping[str, Lead]


@dataclass(frozen=True)
class Breakdown:
    """One figure by one dimension.

    Parameters
    ----------
    metric, dimension : str
        What is told apart by what.
    columns : tuple of str
        Values of the dimension.
    rows : dict
        Stage to {value of the dimension: mean over crops}.
    """

    metric: str
    dimension: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Block:
    """The results under one damage and one map.

    Parameters
    ----------
    protocol, variant, map : str
        Which.
    entries : list of Entry
        The stages, best first; ``clean`` and ``none`` last.
    detection : dict
        Figures of the detector, for the detected map.
    breakdowns : list of Breakdown
        By kind, size, density and channel, where there is more than one.
    """

    protocol: str
    variant: str
    map: str
    entries: list[Entry]
    detection: Mapping[str, Interval] = field(default_factory=dict)
    breakdowns: list[Breakdown] = field(default_factory=list)

    @property
    def damage(self) -> str:
        """Protocol and variant, as headings show them."""
        return damage_label(self.protocol, self.variant)

    def entry(self, stage: str) -> Entry:
        """The line of a stage. Raises `KeyError` where it has none."""
        for one in self.entries:
            if one.stage == stage:
                return one
        raise KeyError(stage)

    @property
    def unscored(self) -> str:
        """Why no stage has a score here, in a sentence; empty where some do."""
        scored = any(metric in one.figures for one in self.entries for metric in SCORES)
        return "" if scored else NOTHING_COUNTS

    def best(self, metric: str) -> str:
        """The stage with the best mean of a figure (``clean`` and ``none`` apart); empty: no stage."""
        rank = figure(metric)
        able = [
            one
            for one in self.entries
            if one.stage not in (CLEAN, DAMAGED) and metric in one.figures
        ]
        return min(able, key=lambda one: rank.loss(one.figures[metric].mean)).stage if able else ""


class _Table:
    """Records of one damage and one map, found by stage, group and figure."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.values: dict[tuple[str, str, tuple[str, ...]], Values] = {}
        for row in records:
            place = (row.kind, row.size, row.density, row.channel)
            key = (row.stage, row.metric, place)
            self.values.setdefault(key, {})[row.input, row.crop] = row.value

    def metrics(self, stage: str) -> list[str]:
        """Figures of a stage over all defects."""
        return [m for s, m, place in self.values if s == stage and set(place) == {ALL}]

    def get(self, stage: str, metric: str, place: tuple[str, ...] = (ALL,) * 4) -> Values:
        return self.values.get((stage, metric, place), {})


def summarise(
    records: Sequence[Record], stages: Sequence[str], classical: Sequence[str], *, seed: int = 0
) -> list[Block]:
    """Sum up a comparison.

    Parameters
    ----------
    records : sequence of Record
        All rows.
    stages : sequence of str
        Labels of the contestants.
    classical : sequence of str
        Those among which the best opponent is chosen.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of Block
        One for each damage and map, in the order of the records.
    """
    damages = dict.fromkeys((row.protocol, row.variant) for row in records)
    given = (row.map for row in records if not row.metric.startswith(DETECTED))
    maps = [name for name in dict.fromkeys(given) if name != NO_MAP]
    blocks = []
    for protocol, variant in damages:
        mine = [row for row in records if (row.protocol, row.variant) == (protocol, variant)]
        for name in maps or [NO_MAP]:
            table = _Table(row for row in mine if _belongs(row, name))
            blocks.append(_block(protocol, variant, name, table, stages, classical, seed))
    return blocks


def _belongs(row: Record, used_map: str) -> bool:
    """Whether a row tells of a map's block; where no stage got a map, the detector's stand there too."""
    found = used_map == NO_MAP and row.metric.startswith(DETECTED)
    return found or row.map in (used_map, NO_MAP)


def _block(
    protocol: str,
    variant: str,
    used_map: str,
    table: _Table,
    stages: Sequence[str],
    classical: Sequence[str],
    seed: int,
) -> Block:
    lines = [
        Entry(one, _figures(table, one, seed), _leads(table, one, classical, seed))
        for one in (*stages, DAMAGED, CLEAN)
    ]
    ranked = sorted((one for one in lines if one.figures), key=_rank)
    detectors = dict.fromkeys(s for s, m, _ in table.values if m.startswith(OF_THE_MAP))
    detection = {k: v for one in detectors for k, v in _figures(table, one, seed).items()}
    shown = [one.stage for one in ranked]
    return Block(protocol, variant, used_map, ranked, detection, _breakdowns(table, shown))


def _rank(entry: Entry) -> tuple[bool, list[float]]:
    """Contestants before the two that are none, the best score first.

    Behind those with the first score stand those that have the next alone (stages on pictures).
    """
    losses = [
        figure(metric).loss(entry.figures[metric].mean) if metric in entry.figures else inf
        for metric in (*SCORES, "global_psnr_db")
    ]
    return entry.stage in (CLEAN, DAMAGED), losses


def _figures(table: _Table, stage: str, seed: int) -> dict[str, Interval]:
    return {metric: _interval(table.get(stage, metric), seed) for metric in table.metrics(stage)}


def _interval(values: Values, seed: int) -> Interval:
    return mean_interval(list(values.values()), [unit[0] for unit in values], seed=seed)


def _leads(table: _Table, stage: str, classical: Sequence[str], seed: int) -> dict[str, Lead]:
    found = {}
    for metric in table.metrics(stage):
        mine = table.get(stage, metric)
        rivals = [
            (one, theirs)
            for one in classical
            if one != stage and (theirs := table.get(one, metric)).keys() & mine.keys()
        ]
        if rivals and stage not in (DAMAGED, CLEAN):
            found[metric] = _lead(metric, mine, rivals, seed)
    return found


def _lead(metric: str, mine: Values, rivals: list[tuple[str, Values]], seed: int) -> Lead:
    rank = figure(metric)
    over, theirs = min(rivals, key=lambda rival: rank.loss(_mean(rival[1].values())))
    units = [unit for unit in mine if unit in theirs]
    images = [unit[0] for unit in units]
    interval = paired_lead([mine[u] for u in units], [theirs[u] for u in units], images, seed=seed)
    return Lead(over, interval)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _breakdowns(table: _Table, stages: Sequence[str]) -> list[Breakdown]:
    found = []
    for metric in ("defect_psnr_db", "area_psnr_db", "defect_bias_percent", "detection_recall"):
        for index, dimension in enumerate(DIMENSIONS):
            one = _breakdown(table, stages, metric, index, dimension)
            if len(one.columns) > 1 and one.rows:
                found.append(one)
    return found


def _breakdown(
    table: _Table, stages: Sequence[str], metric: str, index: int, dimension: str
) -> Breakdown:
    rows: dict[str, dict[str, float]] = {}
    for (stage, name, place), values in table.values.items():
        others = {*place[:index], *place[index + 1 :]}
        if name == metric and place[index] != ALL and others == {ALL}:
            rows.setdefault(stage, {})[place[index]] = _mean(values.values())
    columns = {column for row in rows.values() for column in row}
    order = [one for one in (*stages, *rows) if one in rows]
    return Breakdown(
        metric,
        dimension,
        tuple(sorted(columns, key=_column_order)),
        {one: rows[one] for one in dict.fromkeys(order)},
    )


def _column_order(text: str) -> tuple[int, str]:
    """Channels as R, G, B, sizes by their number of pixels, other words by the alphabet."""
    if text in CHANNEL_NAMES:
        return CHANNEL_NAMES.index(text), text
    height, _, width = text.partition("x")
    return (int(height) * int(width), text) if height.isdigit() and width.isdigit() else (0, text)
