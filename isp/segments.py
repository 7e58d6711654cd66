"""The strip engine: consecutive local stages run strip by strip, intermediates in cache, on all cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.local import LocalOp, border_indices
from isp.threads import thread_budget

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
) -> RawFrame | RgbFrame:
    """Run local stages over a frame.

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

    Returns
    -------
    RawFrame or RgbFrame
        The result, with the last operator's metadata.
    """
    if not ops:
        return frame
    source = frame.mosaic if isinstance(frame, RawFrame) else frame.pixels
    metas = [frame.meta, *(op.out for op in ops)]
    steps = [_Step.of(op, meta) for op, meta in zip(ops, metas, strict=False)]
    last = metas[-1]
    result = np.empty(result_shape(last), last.dtype) if out is None else out
    height = last.shape[0]
    rows = strip_rows or _strip_height(metas)
    strips = [(top, min(top + rows, height)) for top in range(0, height, rows)]
    workers = min(threads or thread_budget(), len(strips))
    if workers == 1:
        for strip in strips:
            _run_strip(source, steps, strip, result)
    else:
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(_run_strip, source, steps, s, result) for s in strips]:
                done.result()
    return RawFrame(result, last) if last.space == "raw" else RgbFrame(result, last)


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
    rows, first = source, 0
    for step, want, following in zip(steps, wanted, [*steps[1:], None], strict=True):
        padded = _padded(rows, first, step, want)
        if following is None:
            step.op.run(padded, result[want[0] : want[1]], want[0])
            return
        rows = np.empty((want[1] - want[0], *result_shape(step.op.out)[1:]), step.op.out.dtype)
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
    padded = np.empty((len(index), width + 2 * op.side, *rows.shape[2:]), rows.dtype)
    middle = padded[:, op.side : op.side + width]
    if inside:
        middle[:] = rows[index[0] : index[-1] + 1]
    else:
        middle[:] = rows[index]
    if op.side:
        padded[:, : op.side] = middle[:, step.left]
        padded[:, op.side + width :] = middle[:, step.right]
    return padded
