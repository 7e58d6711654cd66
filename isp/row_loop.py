"""The compiled loop of the row engine: one call a strip, one pass down the chain for each row.

`isp.row_engine` lays out the tables that it reads.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from isp.jit import kernel
from isp.streaming import LINE, address_of, copy_bytes, fetch, finish_streams, stream_line, ticks

ROW_STEP: Final = 32  # columns that kernels work on at a time
MARGIN_COLUMNS: Final = 64  # kept on both sides of a tile

# Columns of the table of operators that the compiled loop reads.
KERNEL, CONSTANTS, TAPS, INPUTS, OUTPUTS, REACH = range(6)
DEPTH, BASE, ROW, SIZE, SIDE = range(6, 11)  # of the ring that holds the operator's input
# Where its tables begin: byte offset of the ring row for each row of the frame, and for each row of the
# window round a row; the window's rows themselves and the last of them; columns beside the frame.
SLOT, WINDOW, ROWS, LATEST, LEFT, RIGHT, COLUMNS = range(11, 18)


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
        window = ops[k, ROWS]
        low, high = tables[window + first[k + 1]], np.int64(0)
        for i in range(first[k + 1], last[k + 1] + ops[k, TAPS] - 1):
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
    side = ops[k, SIDE]
    base = tables[ops[k, SLOT] + row] // 2 - column
    if column == 0:
        for j in range(side):
            words[base + j - side] = words[base + tables[ops[k, LEFT] + j]]
    if column + tile >= width:
        for j in range(side):
            words[base + width + j] = words[base + tables[ops[k, RIGHT] + j]]


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
    beside = ROW_STEP if ops[k, REACH] > 0 else 0
    start = -beside if column > 0 else 0
    stop = tile + beside if column + tile < width else -(-(width - column) // ROW_STEP) * ROW_STEP
    n, planes, pitch = 0, ops[k, INPUTS], ops[k, ROW]
    for tap in range(ops[k, TAPS]):
        at = tables[ops[k, WINDOW] + row + tap]
        for plane in range(planes):
            ins[n] = at + plane * pitch
            n += 1
    at = tables[ops[k + 1, SLOT] + row]
    for plane in range(ops[k, OUTPUTS]):
        outs[plane] = at + plane * ops[k + 1, ROW]
    _call(ops[k, KERNEL], work, ins, outs, start, stop, row, constants, ops[k, CONSTANTS])


@kernel(inline="always")
def _ready_to_make(ops: Any, tables: Any, ready: Any, last: Any) -> int:
    """The last operator of the chain that has the rows for its next one; -1 if none has."""
    for k in range(ops.shape[0] - 2, -1, -1):
        row = ready[k + 1]
        if row < last[k + 1] and tables[ops[k, LATEST] + row] < ready[k]:
            return k
    return -1


@kernel()
def run_strip(
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
    size = ops[count, SIZE]
    for column in range(0, width, tile):
        ready[:] = first
        low, high = max(column - MARGIN_COLUMNS, 0), min(column + tile + MARGIN_COLUMNS, width)
        while ready[count] < bottom:
            k = _ready_to_make(ops, tables, ready, last)
            row = ready[k + 1]
            if timed:
                begin = ticks()
            if ready[0] < last[0] - 1:
                _fetch_ahead(src, ready[0] + 1, low, high, k + 1, count + 1)
            if k < 0:
                at = tables[ops[0, SLOT] + row] // 2
                _load(words, at + low - column, src[row], low, high)
            else:
                _make(work, ops, tables, constants, k, row, column, width, tile, ins, outs)
            if timed:
                spent[k + 1] += ticks() - begin
                begin = ticks()
            if k + 1 == count:
                start = ops[count, BASE]
                stop = start + min(tile, width - column) * size
                if stream:
                    _stream(dst[row], column * size, work, start, stop)
                else:
                    copy_bytes(dst[row], column * size, work, start, stop - start)
            elif ops[k + 1, SIDE] > 0:
                _continue(words, ops, tables, k + 1, row, column, width, tile)
            ready[k + 1] += 1
            if timed:
                spent[count + 1] += ticks() - begin
    if stream:
        finish_streams()
