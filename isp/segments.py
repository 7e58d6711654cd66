"""The strip engine: consecutive local stages run strip by strip, intermediates in cache, on all cores."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.local import LocalOp, border_indices
from isp.threads import share, thread_budget

if TYPE_CHECKING:  # compiled code: loaded when a chain asks for it
    from isp.row_engine import RowChain

STRIP_BYTES = 256 * 1024  # of one intermediate: a quarter of a common 1 MB L2 cache
Rows = tuple[int, int]


def result_shape(meta: FrameMeta) -> tuple[int, ...]:
    """Shape of the array that goes with metadata: (H, W) or (H, W, 3)."""
    return meta.shape if meta.space == "raw" else (*meta.shape, 3)


@dataclass(frozen=True)
class _Step:
    """One operator with the index tables that continue its input over the frame's borders."""

    op: LocalOp
    rows: NDArray[np.intp]  # frame row for each padded row, from −above
    left: NDArray[np.intp]  # frame columns for the padded columns left of the frame
    right: NDArray[np.intp]

    @staticmethod
    def of(op: LocalOp, meta: FrameMeta) -> _Step:
        height, width = meta.shape
        period = meta.cfa.period
        rows = border_indices(-op.above, height + op.below, height, op.border, period[0])
        left = border_indices(-op.side, 0, width, op.border, period[1])
        right = border_indices(width, width + op.side, width, op.border, period[1])
        return _Step(op, rows, left, right)

    def source_rows(self, want: Rows) -> Rows:
        """Frame rows of the input that output rows ``want`` depend on."""
        used = self.rows[want[0] : want[1] + self.op.above + self.op.below]
        return int(used.min()), int(used.max()) + 1


def run_segment(
    frame: RawFrame | RgbFrame,
    ops: Sequence[LocalOp],
    *,
    strip_rows: int | None = None,
    threads: int | None = None,
    out: NDArray[Any] | None = None,
    by_rows: bool = True,
) -> RawFrame | RgbFrame:
    """Run local stages over a frame.

    A chain whose operators all have a row form runs in the row engine (`isp.row_engine`), any other
    operator after operator on strips.

    Parameters
    ----------
    frame : RawFrame or RgbFrame
        Input of the first operator.
    ops : sequence of LocalOp
        Each planned for the metadata that the one before puts out.
    strip_rows : int, optional
        Rows of a strip; chosen to fit the cache where not given. Does not change the result.
    threads : int, optional
        Threads to use; the thread budget where not given. Does not change the result.
    out : array, optional
        Where to write the result (a memory map, say).
    by_rows : bool
        False keeps to strips, to compare: whole numbers come out the same, floats within rounding.

    Returns
    -------
    RawFrame or RgbFrame
        The result, with the last operator's metadata.
    """
    if not ops:
        return frame
    segment = Segment.of(frame.meta, ops, by_rows=by_rows)
    return segment.run(frame, strip_rows=strip_rows, threads=threads, out=out)


@dataclass(frozen=True, eq=False)
class Segment:
    """Local stages planned for frames with one kind of metadata, to run over any number of them.

    Parameters
    ----------
    meta : FrameMeta
        Of the frames that go in.
    ops : sequence of LocalOp
        At least one, each planned for the metadata that the one before puts out.
    by_rows : RowChain or None
        The chain in the row engine; None where it runs on strips.
    """

    meta: FrameMeta
    ops: tuple[LocalOp, ...]
    by_rows: RowChain | None

    @classmethod
    def of(cls, meta: FrameMeta, ops: Sequence[LocalOp], *, by_rows: bool = True) -> Segment:
        """Plan a chain, for the row engine where it can and may run there."""
        if not by_rows or any(op.rows is None for op in ops):
            return cls(meta, tuple(ops), None)
        from isp.row_engine import row_chain

        return cls(meta, tuple(ops), row_chain(meta, ops))

    @cached_property
    def _steps(self) -> list[_Step]:
        metas = [self.meta, *(op.out for op in self.ops)]
        return [_Step.of(op, meta) for op, meta in zip(self.ops, metas, strict=False)]

    def run(
        self,
        frame: RawFrame | RgbFrame,
        *,
        strip_rows: int | None = None,
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> RawFrame | RgbFrame:
        """Run the chain over a frame; parameters as for `run_segment`."""
        source = frame.mosaic if isinstance(frame, RawFrame) else frame.pixels
        last, height = self.ops[-1].out, self.meta.shape[0]
        result = np.empty(result_shape(last), last.dtype) if out is None else out
        workers = threads or thread_budget()
        rows = strip_rows or self._strip_rows(workers)

        strips = [(top, min(top + rows, height)) for top in range(0, height, rows)]
        share(lambda strip: self.make(source, result, strip), strips, workers)
        return RawFrame(result, last) if last.space == "raw" else RgbFrame(result, last)

    def make(
        self,
        source: NDArray[Any],
        result: NDArray[Any],
        rows: Rows,
        *,
        spent: NDArray[np.int64] | None = None,
    ) -> None:
        """Make one strip of the result, on the calling thread.

        Parameters
        ----------
        source, result : array
            Input and output of the whole frame.
        rows : (int, int)
            First row and one past the last.
        spent : int64 array, optional
            Row engine only: ticks are added to its parts, see `isp.row_engine.RowChain`.
        """
        if self.by_rows is not None:
            work = _own.scratch.aligned(self.by_rows.work_bytes)
            self.by_rows.run(source, result, rows, work, spent)
        else:
            _run_strip(source, self._steps, rows, result)

    def _strip_rows(self, workers: int) -> int:
        if self.by_rows is not None:
            return _row_engine_height(self.meta.shape[0], workers)
        return _strip_height([self.meta, *(op.out for op in self.ops)])


def _row_engine_height(height: int, workers: int) -> int:
    """Rows of a strip: enough strips to share out, few rows made twice."""
    return int(min(max(height // (4 * workers), 32), 128))


class _Scratch:
    """Buffers of one thread, kept from strip to strip: fresh memory costs a page fault every 4 KB."""

    def __init__(self) -> None:
        self.buffers: dict[str, NDArray[np.uint8]] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """An array of the given form, its contents left over."""
        kind = np.dtype(dtype)
        size = prod(shape) * kind.itemsize
        array: NDArray[Any] = self._bytes(name, size)[:size].view(kind).reshape(shape)
        return array

    def aligned(self, size: int) -> NDArray[np.uint8]:
        """Bytes that begin at a cache line."""
        whole = self._bytes("rows", size + _LINE)
        start = -whole.ctypes.data % _LINE
        return whole[start : start + size]

    def _bytes(self, name: str, size: int) -> NDArray[np.uint8]:
        held = self.buffers.get(name)
        if held is None or not size <= held.size <= 2 * size + _SPARE:
            self.buffers[name] = held = np.zeros(size, np.uint8)
        return held


class _Own(threading.local):
    def __init__(self) -> None:
        self.scratch = _Scratch()


_LINE, _SPARE = 64, 1 << 20
_own = _Own()


def _strip_height(metas: Sequence[FrameMeta]) -> int:
    row_bytes = max(
        meta.shape[1] * meta.dtype.itemsize * (1 if meta.space == "raw" else 3) for meta in metas
    )
    return int(min(max(STRIP_BYTES // row_bytes, 8), 256)) // 2 * 2


def _run_strip(
    source: NDArray[Any], steps: Sequence[_Step], strip: Rows, result: NDArray[Any]
) -> None:
    """Compute one strip of the last operator's output from the rows that it depends on."""
    wanted = [strip]
    for step in reversed(steps[1:]):
        wanted.append(step.source_rows(wanted[-1]))
    wanted.reverse()  # wanted[k]: output rows of operator k
    rows, first, scratch = source, 0, _own.scratch
    for k, (step, want) in enumerate(zip(steps, wanted, strict=True)):
        padded = _padded(rows, first, step, want)
        if k == len(steps) - 1:
            step.op.run(padded, result[want[0] : want[1]], want[0])
            return
        shape = (want[1] - want[0], *result_shape(step.op.out)[1:])
        rows = scratch.take(f"rows {k % 2}", shape, step.op.out.dtype)
        step.op.run(padded, rows, want[0])
        first = want[0]


def _padded(rows: NDArray[Any], first: int, step: _Step, want: Rows) -> NDArray[Any]:
    """The operator's input for output rows ``want``: margins filled by its border rule.

    ``rows`` holds the frame's rows from ``first`` on. Rows and columns inside the frame are views
    where nothing has to be added.
    """
    op = step.op
    index = step.rows[want[0] : want[1] + op.above + op.below] - first
    inside = int(index[-1]) - int(index[0]) + 1 == len(index) and bool((np.diff(index) == 1).all())
    if inside and op.side == 0:
        return rows[index[0] : index[-1] + 1]
    width = rows.shape[1]
    shape = (len(index), width + 2 * op.side, *rows.shape[2:])
    padded = _own.scratch.take("padded", shape, rows.dtype)
    middle = padded[:, op.side : op.side + width]
    if inside:
        middle[:] = rows[index[0] : index[-1] + 1]
    else:
        middle[:] = rows[index]
    for j in range(op.side):
        padded[:, j] = middle[:, step.left[j]]
        padded[:, op.side + width + j] = middle[:, step.right[j]]
    return padded
