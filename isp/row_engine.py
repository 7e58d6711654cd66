"""The row engine: a chain of row operators (see `isp.rows`) in one compiled loop.

For each row of the file the loop goes down the chain as far as rows can be made; the rows that an
operator still needs stand in a ring buffer. Very wide frames are worked on in tiles of columns, so that
all rings together fit the second-level cache. Nothing is allocated per row, and Python is entered once a
strip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.jit import RowKernel
from isp.local import Border, LocalOp, border_indices
from isp.row_loop import (
    BASE,
    COLUMNS,
    CONSTANTS,
    DEPTH,
    INPUTS,
    KERNEL,
    LATEST,
    LEFT,
    MARGIN_COLUMNS,
    OUTPUTS,
    REACH,
    RIGHT,
    ROW,
    ROW_STEP,
    ROWS,
    SIDE,
    SIZE,
    SLOT,
    TAPS,
    WINDOW,
    run_strip,
)
from isp.rows import PLANES, ROW_BYTES, RowFormat, RowOp, file_format, holds
from isp.streaming import LINE

TILE_COLUMNS: Final = 8192
STREAM_BYTES: Final = (
    1 << 24
)  # a result larger than this is not in the caches when it is read again
_NO_TICKS: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class RowChain:
    """A chain ready for the loop; frames of its shape can be run through it, strip by strip.

    Parameters
    ----------
    ops : int64 array of shape (operators + 1, fields)
        One line an operator; the last one describes the output row.
    tables : int64 array
        Row and column numbers that continue each operator's input over the borders.
    constants : float32 array
        Of all operators, end to end.
    work_bytes : int
        Size of the workspace; it is to begin at a cache line.
    tile : int
        Columns of a tile.
    kernels : tuple of RowKernel
        Of the operators, in order.
    parts : tuple of str
        What a profile tells apart: loading, the operators, borders and output.
    """

    ops: NDArray[np.int64]
    tables: NDArray[np.int64]
    constants: NDArray[np.float32]
    work_bytes: int
    tile: int
    kernels: tuple[RowKernel, ...]
    parts: tuple[str, ...]

    def run(
        self,
        source: NDArray[Any],
        result: NDArray[Any],
        rows: tuple[int, int],
        work: NDArray[np.uint8],
        spent: NDArray[np.int64] | None = None,
    ) -> None:
        """Make rows [rows[0], rows[1]) of the result; ``spent``: ticks of each of `parts`, added."""
        run_strip(
            source,
            result.reshape(len(result), -1),
            work,
            work.view(np.uint16),
            self.ops,
            self.tables,
            self.constants,
            rows[0],
            rows[1],
            self.tile,
            result.nbytes > STREAM_BYTES,
            _NO_TICKS if spent is None else spent,
        )


def row_chain(meta: FrameMeta, ops: Sequence[LocalOp], tile: int = TILE_COLUMNS) -> RowChain | None:
    """Plan a chain for the row engine.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the frame.
    ops : sequence of LocalOp
        The chain.
    tile : int
        Columns of a tile, a multiple of 32.

    Returns
    -------
    RowChain or None
        None where an operator has no row form for what reaches it, or the last format is not a frame's.
    """
    planned = _planned(meta, ops)
    if planned is None or min(meta.shape) < 2:  # a border of one pixel has no other colour to show
        return None
    formats, locals_, row_ops = planned
    reach = _reaches(locals_)
    if max(reach) + max(op.side for op in locals_) > MARGIN_COLUMNS // 2:
        return None
    return _Builder(meta, tile).build(formats, locals_, row_ops, reach)


Planned = tuple[list[RowFormat], list[LocalOp], list[RowOp]]


def _planned(meta: FrameMeta, ops: Sequence[LocalOp]) -> Planned | None:
    """Formats between the operators that have a kernel, and these operators."""
    now = file_format(meta)
    if now is None:
        return None
    formats, kept, planned = [now], [], []
    for op in ops:
        row_op = op.rows(now) if op.rows is not None else None
        if row_op is None or (op.side and ROW_BYTES[now.lanes] != 2):
            return None
        now = row_op.gives
        if row_op.kernel is None:
            formats[-1] = now
            continue
        kept.append(op)
        planned.append(row_op)
        formats.append(now)
    return (formats, kept, planned) if kept and holds(ops[-1].out, now) else None


def _reaches(ops: Sequence[LocalOp]) -> list[int]:
    """Columns beside a tile that each operator's output is needed for."""
    reach = [0]
    for op in reversed(ops[1:]):
        reach.append(reach[-1] + op.side)
    return reach[::-1]


class _Builder:
    """Lays out tables, constants and rings."""

    def __init__(self, meta: FrameMeta, tile: int) -> None:
        self.meta, self.tile = meta, _even_tiles(meta.shape[1], tile)
        self.tables: list[NDArray[np.int64]] = []
        self.filled = 0
        self.bytes = 0

    def _table(self, numbers: NDArray[Any]) -> int:
        start = self.filled
        self.tables.append(numbers.astype(np.int64))
        self.filled += len(numbers)
        return start

    def build(
        self,
        formats: Sequence[RowFormat],
        ops: Sequence[LocalOp],
        row_ops: Sequence[RowOp],
        reach: Sequence[int],
    ) -> RowChain:
        table = np.zeros((len(ops) + 1, COLUMNS), np.int64)
        numbers: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        for k, (op, row_op) in enumerate(zip(ops, row_ops, strict=True)):
            line = table[k]
            line[CONSTANTS] = sum(len(part) for part in numbers)
            numbers.append(_none_is_empty(row_op.constants))
            line[KERNEL] = row_op.kernel.address if row_op.kernel is not None else 0
            line[OUTPUTS] = PLANES[row_op.gives.lanes]
            line[REACH] = reach[k]
            rows = self._borders(line, op)
            same = k > 0 and table[k - 1][TAPS] == 1 and formats[k].lanes == formats[k - 1].lanes
            self._ring(line, formats[k], table[k - 1] if same and line[DEPTH] == 1 else None)
            line[WINDOW] = self._table(self._slots(line, rows))
        table[-1][DEPTH] = 1
        self._ring(table[-1], formats[-1], None)
        return RowChain(
            table,
            np.concatenate(self.tables),
            np.concatenate(numbers),
            self.bytes,
            self.tile,
            tuple(op.kernel for op in row_ops if op.kernel is not None),
            ("load", *(op.out.provenance[-1].partition("(")[0] for op in ops), "borders, output"),
        )

    @staticmethod
    def _slots(line: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[Any]:
        """Byte offset of the ring row that holds each row of the frame."""
        return np.asarray(line[BASE] + rows % line[DEPTH] * (line[ROW] * line[INPUTS]))

    def _borders(self, line: NDArray[np.int64], op: LocalOp) -> NDArray[np.intp]:
        """Tables that continue an operator's input, and how many rows of it must be at hand."""
        height, width = self.meta.shape
        period = self.meta.cfa.period
        rows, latest, depth = _row_window(op.above, op.below, height, op.border, period[0])
        line[TAPS], line[SIDE], line[DEPTH] = op.above + op.below + 1, op.side, depth
        line[ROWS], line[LATEST] = self._table(rows), self._table(latest)
        left = border_indices(-op.side, 0, width, op.border, period[1])
        right = border_indices(width, width + op.side, width, op.border, period[1])
        line[LEFT], line[RIGHT] = self._table(left), self._table(right)
        return rows

    def _ring(
        self, line: NDArray[np.int64], rows: RowFormat, same: NDArray[np.int64] | None
    ) -> None:
        """Room for an operator's input; ``same`` is the ring to work in place in."""
        size = ROW_BYTES[rows.lanes]
        line[INPUTS], line[SIZE] = PLANES[rows.lanes], size
        line[ROW] = -(-(self.tile + 2 * MARGIN_COLUMNS) * size // LINE) * LINE
        line[BASE] = self.bytes + MARGIN_COLUMNS * size if same is None else same[BASE]
        if same is None:
            self.bytes += int(line[ROW] * line[INPUTS] * line[DEPTH])
        line[SLOT] = self._table(self._slots(line, np.arange(self.meta.shape[0])))


@lru_cache(maxsize=16)
def _row_window(
    above: int, below: int, height: int, border: Border, period: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Rows that stand for those from −above on, the last that each row needs, and how many to keep."""
    rows = border_indices(-above, height + below, height, border, period)
    windows = np.lib.stride_tricks.sliding_window_view(rows, above + below + 1)
    latest = np.maximum.accumulate(windows.max(axis=1))
    earliest = np.minimum.accumulate(windows.min(axis=1)[::-1])[::-1]
    return rows, latest, int((latest - earliest).max()) + 1


def _none_is_empty(numbers: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """An operator's constants, at least one so that there is an address."""
    return np.zeros(1, np.float32) if numbers is None else numbers


def _even_tiles(width: int, tile: int) -> int:
    """Tiles of about equal width, a multiple of 32 columns."""
    count = -(-width // tile)
    return -(-width // (count * ROW_STEP)) * ROW_STEP
