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
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.jit import RowKernel, kernel
from isp.local import Border, LocalOp, border_indices
from isp.rows import PLANES, ROW_BYTES, RowFormat, RowOp, file_format, holds
from isp.streaming import LINE, address_of, copy_bytes, fetch, finish_streams, stream_line, ticks

ROW_STEP: Final = 32  # columns that kernels work on at a time
TILE_COLUMNS: Final = 8192
STREAM_BYTES: Final = (
    1 << 24
)  # a result larger than this is not in the caches when it is read again
_NO_TICKS: Final = np.zeros(0, np.int64)
_MARGIN: Final = 64  # columns kept on both sides of a tile


# Columns of the table of operators that the compiled loop reads.
_KERNEL, _CONSTANTS, _TAPS, _INPUTS, _OUTPUTS, _REACH = range(6)
_DEPTH, _BASE, _ROW, _SIZE, _SIDE = range(6, 11)  # of the ring that holds the operator's input
# Where its tables begin: byte offset of the ring row for each row of the frame, and for each row of the
# window round a row; the window's rows themselves and the last of them; columns beside the frame.
_SLOT, _WINDOW, _ROWS, _LATEST, _LEFT, _RIGHT, _COLUMNS = range(11, 18)


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
        _run_strip(
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
    if max(reach) + max(op.side for op in locals_) > _MARGIN // 2:
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
        table = np.zeros((len(ops) + 1, _COLUMNS), np.int64)
        numbers: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        for k, (op, row_op) in enumerate(zip(ops, row_ops, strict=True)):
            line = table[k]
            line[_CONSTANTS] = sum(len(part) for part in numbers)
            numbers.append(_none_is_empty(row_op.constants))
            line[_KERNEL] = row_op.kernel.address if row_op.kernel is not None else 0
            line[_OUTPUTS] = PLANES[row_op.gives.lanes]
            line[_REACH] = reach[k]
            rows = self._borders(line, op)
            same = k > 0 and table[k - 1][_TAPS] == 1 and formats[k].lanes == formats[k - 1].lanes
            self._ring(line, formats[k], table[k - 1] if same and line[_DEPTH] == 1 else None)
            line[_WINDOW] = self._table(self._slots(line, rows))
        table[-1][_DEPTH] = 1
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
        return np.asarray(line[_BASE] + rows % line[_DEPTH] * (line[_ROW] * line[_INPUTS]))

    def _borders(self, line: NDArray[np.int64], op: LocalOp) -> NDArray[np.intp]:
        """Tables that continue an operator's input, and how many rows of it must be at hand."""
        height, width = self.meta.shape
        period = self.meta.cfa.period
        rows, latest, depth = _row_window(op.above, op.below, height, op.border, period[0])
        line[_TAPS], line[_SIDE], line[_DEPTH] = op.above + op.below + 1, op.side, depth
        line[_ROWS], line[_LATEST] = self._table(rows), self._table(latest)
        left = border_indices(-op.side, 0, width, op.border, period[1])
        right = border_indices(width, width + op.side, width, op.border, period[1])
        line[_LEFT], line[_RIGHT] = self._table(left), self._table(right)
        return rows

    def _ring(
        self, line: NDArray[np.int64], rows: RowFormat, same: NDArray[np.int64] | None
    ) -> None:
        """Room for an operator's input; ``same`` is the ring to work in place in."""
        size = ROW_BYTES[rows.lanes]
        line[_INPUTS], line[_SIZE] = PLANES[rows.lanes], size
        line[_ROW] = -(-(self.tile + 2 * _MARGIN) * size // LINE) * LINE
        line[_BASE] = self.bytes + _MARGIN * size if same is None else same[_BASE]
        if same is None:
            self.bytes += int(line[_ROW] * line[_INPUTS] * line[_DEPTH])
        line[_SLOT] = self._table(self._slots(line, np.arange(self.meta.shape[0])))


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


@intrinsic  # type: ignore[untyped-decorator]
def _call(
    typing_context: Any,
    address: Any,
    work: Any,
    ins: Any,
    outs: Any,
    start: Any,
    stop: Any,
    row: Any,
    constants: Any,
    first: Any,
) -> Any:
    """Call a row kernel by its address."""
    from llvmlite import ir

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def data(k: int) -> Any:
            return context.make_array(sig.args[k])(context, builder, args[k]).data

        numbers = builder.gep(data(7), [args[8]])
        given = [data(1), data(2), data(3), args[4], args[5], args[6], numbers]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    i = types.int64
    return types.none(i, work, ins, outs, i, i, i, constants, i), generate


@kernel()
def _needed(ops: Any, tables: Any, top: int, bottom: int) -> tuple[Any, Any]:
    """First row and one past the last row of every operator's input that rows of the result need."""
    count = ops.shape[0] - 1
    first, last = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    first[count], last[count] = top, bottom
    for k in range(count - 1, -1, -1):
        window = ops[k, _ROWS]
        low, high = tables[window + first[k + 1]], np.int64(0)
        for i in range(first[k + 1], last[k + 1] + ops[k, _TAPS] - 1):
            low, high = min(low, tables[window + i]), max(high, tables[window + i])
        first[k], last[k] = low, high + 1
    return first, last


@kernel(inline="always")
def _load(words: Any, at: int, line: Any, low: int, high: int) -> None:
    """Columns [low, high) of a row of the file, as 16-bit codes, into the workspace."""
    if line.itemsize == words.itemsize:
        copy_bytes(words, 2 * at, line, 2 * low, 2 * (high - low))
    else:
        wanted, room = line[low:high], words[at : at + high - low]
        for j in range(wanted.size):
            room[j] = wanted[j]


@kernel(inline="always")
def _stream(target: Any, to: int, work: Any, start: int, stop: int) -> None:
    """Bytes [start, stop) of the workspace to a row of the result, past the caches."""
    head = min(-(address_of(target) + to) % LINE, stop - start)
    lines = (stop - start - head) // LINE
    copy_bytes(target, to, work, start, head)
    to, start = to + head, start + head
    for j in range(lines):
        stream_line(target, to + j * LINE, work, start + j * LINE)
    done = lines * LINE
    copy_bytes(target, to + done, work, start + done, stop - start - done)


@kernel(inline="always")
def _fetch_ahead(src: Any, row: int, low: int, high: int, part: int, parts: int) -> None:
    """A part of a row that is soon to be loaded, so that memory works while the kernels do."""
    line = src[row]
    size = line.itemsize
    share = -(-((high - low) * size) // (LINE * parts)) * LINE
    start = low * size + part * share
    for at in range(start, min(start + share, high * size), LINE):
        fetch(line, at)


@kernel(inline="always")
def _continue(
    words: Any, ops: Any, tables: Any, k: int, row: int, column: int, width: int, tile: int
) -> None:
    """Columns beside the frame, for an operator that looks sideways."""
    side = ops[k, _SIDE]
    base = tables[ops[k, _SLOT] + row] // 2 - column
    if column == 0:
        for j in range(side):
            words[base + j - side] = words[base + tables[ops[k, _LEFT] + j]]
    if column + tile >= width:
        for j in range(side):
            words[base + width + j] = words[base + tables[ops[k, _RIGHT] + j]]


@kernel(inline="always")
def _make(
    work: Any,
    ops: Any,
    tables: Any,
    constants: Any,
    k: int,
    row: int,
    column: int,
    width: int,
    tile: int,
    ins: Any,
    outs: Any,
) -> None:
    """One row of operator k's output, a little beyond the tile where the next operators look there."""
    beside = ROW_STEP if ops[k, _REACH] > 0 else 0
    start = -beside if column > 0 else 0
    stop = tile + beside if column + tile < width else -(-(width - column) // ROW_STEP) * ROW_STEP
    n, planes, pitch = 0, ops[k, _INPUTS], ops[k, _ROW]
    for tap in range(ops[k, _TAPS]):
        at = tables[ops[k, _WINDOW] + row + tap]
        for plane in range(planes):
            ins[n] = at + plane * pitch
            n += 1
    at = tables[ops[k + 1, _SLOT] + row]
    for plane in range(ops[k, _OUTPUTS]):
        outs[plane] = at + plane * ops[k + 1, _ROW]
    _call(ops[k, _KERNEL], work, ins, outs, start, stop, row, constants, ops[k, _CONSTANTS])


@kernel(inline="always")
def _ready_to_make(ops: Any, tables: Any, ready: Any, last: Any) -> int:
    """The last operator of the chain that has the rows for its next one; -1 if none has."""
    for k in range(ops.shape[0] - 2, -1, -1):
        row = ready[k + 1]
        if row < last[k + 1] and tables[ops[k, _LATEST] + row] < ready[k]:
            return k
    return -1


@kernel()
def _run_strip(
    src: Any,
    dst: Any,
    work: Any,
    words: Any,
    ops: Any,
    tables: Any,
    constants: Any,
    top: int,
    bottom: int,
    tile: int,
    stream: bool,
    spent: Any,
) -> None:
    """Make rows [top, bottom) of the result, tile after tile.

    Where ``spent`` has entries, the ticks of loading, of each operator and of the rest are added to them.
    """
    timed = spent.size > 0
    begin = np.int64(0)
    count, width = ops.shape[0] - 1, src.shape[1]
    first, last = _needed(ops, tables, top, bottom)
    ready = np.empty_like(first)  # one past the last row made, of each operator's input
    ins, outs = np.empty(64, np.int64), np.empty(8, np.int64)
    size = ops[count, _SIZE]
    for column in range(0, width, tile):
        ready[:] = first
        low, high = max(column - _MARGIN, 0), min(column + tile + _MARGIN, width)
        while ready[count] < bottom:
            k = _ready_to_make(ops, tables, ready, last)
            row = ready[k + 1]
            if timed:
                begin = ticks()
            if ready[0] < last[0] - 1:
                _fetch_ahead(src, ready[0] + 1, low, high, k + 1, count + 1)
            if k < 0:
                at = tables[ops[0, _SLOT] + row] // 2
                _load(words, at + low - column, src[row], low, high)
            else:
                _make(work, ops, tables, constants, k, row, column, width, tile, ins, outs)
            if timed:
                spent[k + 1] += ticks() - begin
                begin = ticks()
            if k + 1 == count:
                start = ops[count, _BASE]
                stop = start + min(tile, width - column) * size
                if stream:
                    _stream(dst[row], column * size, work, start, stop)
                else:
                    copy_bytes(dst[row], column * size, work, start, stop - start)
            elif ops[k + 1, _SIDE] > 0:
                _continue(words, ops, tables, k + 1, row, column, width, tile)
            ready[k + 1] += 1
            if timed:
                spent[count + 1] += ticks() - begin
    if stream:
        finish_streams()
