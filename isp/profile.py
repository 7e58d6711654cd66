"""Where a segment's time goes: by stage and by strip, on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame, RgbFrame
from isp.local import LocalOp
from isp.segments import Rows, Segment, result_shape

_STRIPS = 8


@dataclass(frozen=True)
class StripCost:
    """One strip's time.

    Parameters
    ----------
    rows : (int, int)
        First row and one past the last.
    parts_ms : dict of str to float
        Time of each stage and of what the engine does between them, in ms.
    """

    rows: Rows
    parts_ms: dict[str, float]


def profile(segment: Segment, frame: RawFrame | RgbFrame) -> list[StripCost]:
    """Run a segment strip by strip and say where the time goes.

    Parameters
    ----------
    segment : Segment
        Planned for the frame.
    frame : RawFrame or RgbFrame
        The input.

    Returns
    -------
    list of StripCost
        Eight strips, top to bottom, after a run that is not counted.
    """
    last, height = segment.ops[-1].out, segment.meta.shape[0]
    source = frame.mosaic if isinstance(frame, RawFrame) else frame.pixels
    result = np.empty(result_shape(last), last.dtype)
    segment.run(frame, threads=1, out=result)
    step = -(-height // _STRIPS)
    strips = [(top, min(top + step, height)) for top in range(0, height, step)]
    one = _by_rows if segment.by_rows is not None else _by_strips
    return [one(segment, source, result, rows) for rows in strips]


def _by_rows(segment: Segment, source: NDArray[Any], result: NDArray[Any], rows: Rows) -> StripCost:
    chain = segment.by_rows
    if chain is None:
        raise ValueError("The segment has no row form.")
    spent = np.zeros(len(chain.parts), np.int64)
    start = time.perf_counter()
    segment.make(source, result, rows, spent=spent)
    duration_ms = (time.perf_counter() - start) * 1e3
    shares = spent / max(int(spent.sum()), 1) * duration_ms
    return StripCost(rows, dict(zip(chain.parts, (float(x) for x in shares), strict=True)))


def _by_strips(
    segment: Segment, source: NDArray[Any], result: NDArray[Any], rows: Rows
) -> StripCost:
    spent: dict[str, float] = {}
    timed = Segment(segment.meta, tuple(_timed(op, spent) for op in segment.ops), None)
    start = time.perf_counter()
    timed.make(source, result, rows)
    duration_ms = (time.perf_counter() - start) * 1e3
    return StripCost(rows, {**spent, "padding": max(duration_ms - sum(spent.values()), 0.0)})


def _timed(op: LocalOp, spent: dict[str, float]) -> LocalOp:
    """The operator with a clock round it."""
    name = op.out.provenance[-1].partition("(")[0]
    run: Callable[..., None] = op.run

    def clocked(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        start = time.perf_counter()
        run(src, dst, row)
        spent[name] = spent.get(name, 0.0) + (time.perf_counter() - start) * 1e3

    return replace(op, run=clocked)
