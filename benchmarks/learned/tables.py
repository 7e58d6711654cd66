"""Tables of the page on learned correctors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.learned.clusters import ALL, ClusterError, Looks, share_worse
from benchmarks.learned.rows import BLIND, LEARNED, Row
from benchmarks.page import table, with_interval
from isp.comparison.summary import Block
from isp.metrics.bootstrap import Interval, paired_lead

PSNR, SSIM, REAL = "defect_psnr_db", "area_ssim", "defect_mse_less_noise"


def best_classical(block: Block, metric: str = PSNR) -> str:
    """The classical stage with the best mean of a figure: what `LEARNED` stages are compared with."""
    return block.entry(LEARNED[0]).leads[metric].over


def main_table(rows: Sequence[Row], metric: str = PSNR, digits: int = 2) -> str:
    """Means, intervals and leads: a row a damage, a column a stage."""
    names = ["fsr", *LEARNED, BLIND]
    lines = []
    for row in rows:
        over = best_classical(row.block, metric)
        cells_ = [row.images, row.light, f"{row.block.protocol} {row.block.variant}"]
        cells_.append(f"`{over}` {with_interval(row.block.entry(over).figures[metric], digits)}")
        cells_ += [_cell(row.block, name, metric, digits) for name in names]
        lines.append(cells_)
    shown = [k for k in range(len(names)) if any(line[4 + k] != "–" for line in lines)]
    header = ["images", "light", "damage", "best classical", *(f"`{names[k]}`" for k in shown)]
    return table(header, [[*line[:4], *(line[4 + k] for k in shown)] for line in lines])


def _cell(block: Block, name: str, metric: str, digits: int) -> str:
    try:
        entry = block.entry(name)
    except KeyError:
        return "–"
    if metric not in entry.figures:
        return "–"
    text = with_interval(entry.figures[metric], digits)
    lead = entry.leads.get(metric)
    if name == "fsr" or lead is None:
        return text
    gap = lead.interval
    return f"{text}, **{gap.mean:+.{digits}f}** [{gap.low:.{digits}f}, {gap.high:.{digits}f}]"


def trust_table(rows: Sequence[Row]) -> str:
    """Missing SSIM, clusters that are worse, coverage of the spread."""
    header = ["images", "light", "damage"]
    header += [f"`{n}` missing SSIM" for n in LEARNED]
    header += [f"`{n}` worse by > 1 dB" for n in LEARNED]
    header += [f"`{n}` within 1 σ, 2 σ" for n in LEARNED]
    lines = []
    for row in rows:
        line = [row.images, row.light, f"{row.block.protocol} {row.block.variant}"]
        line += [f"{missing_ssim(row.block, n):.2f}" for n in LEARNED]
        over = best_classical(row.block)
        line += [f"{100 * share_worse(row.looks.errors, n, over, 1.0):.0f} %" for n in LEARNED]
        line += [_coverage(row.looks, n) for n in LEARNED]
        lines.append(line)
    return table(header, lines)


def missing_ssim(block: Block, name: str) -> float:
    """1 − SSIM of a stage over that of the best classical one."""
    over = best_classical(block, SSIM)
    mine, theirs = (block.entry(one).figures[SSIM].mean for one in (name, over))
    return (1 - mine) / max(1 - theirs, 1e-9)


def _coverage(looks: Looks, name: str) -> str:
    one = looks.coverage.get(name)
    if one is None or not one.pixels:
        return "–"
    return f"{100 * one.within1 / one.pixels:.0f} %, {100 * one.within2 / one.pixels:.0f} %"


def lead_of(errors: Sequence[ClusterError], name: str, rival: str) -> Interval:
    """Paired lead per cluster in dB, with an interval over images."""
    mine = [e.psnr_db(name) for e in errors]
    theirs = [e.psnr_db(rival) for e in errors]
    return paired_lead(mine, theirs, [(e.images, e.input) for e in errors])


def condition_table(rows: Sequence[tuple[str, Looks]]) -> str:
    """PSNR per cluster under each condition, and the lead over `fsr`."""
    lines = []
    for name, looks in rows:
        errors = [e for e in looks.errors if e.channel == ALL]
        if not errors:
            continue
        line = [name, str(len(errors)), f"{np.mean([e.psnr_db('fsr') for e in errors]):.2f}"]
        for stage in LEARNED:
            lead = lead_of(errors, stage, "fsr")
            mean = np.mean([e.psnr_db(stage) for e in errors])
            line.append(f"{mean:.2f} (**{lead.mean:+.2f}** [{lead.low:.2f}, {lead.high:.2f}])")
        lines.append(line)
    return table(["condition", "clusters", "`fsr`", *(f"`{n}`" for n in LEARNED)], lines)


def row_data(row: Row) -> dict[str, Any]:
    """A row for the JSON file."""
    stages: dict[str, Any] = {}
    for entry in row.block.entries:
        kept = {m: vars(v) for m, v in entry.figures.items() if m in (PSNR, SSIM, REAL)}
        leads = {
            m: {"over": lead.over, **vars(lead.interval)}
            for m, lead in entry.leads.items()
            if m in (PSNR, SSIM, REAL)
        }
        stages[entry.stage] = {"figures": kept, "leads": leads}
    over = best_classical(row.block)
    trust = {
        name: {
            "missing_ssim": missing_ssim(row.block, name),
            "worse_by_1_db": share_worse(row.looks.errors, name, over, 1.0),
            "coverage": vars(row.looks.coverage[name]) if name in row.looks.coverage else None,
        }
        for name in LEARNED
    }
    place = {"images": row.images, "light": row.light}
    damage = {"protocol": row.block.protocol, "variant": row.block.variant}
    return {**place, **damage, "best_classical": over, "stages": stages, "learned": trust}
