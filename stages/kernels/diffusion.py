"""Harmonic and biharmonic filling of holes, by conjugate gradients on windows round the groups.

Pixels of one colour are the nodes of a grid graph; L is its Laplacian (edges of the frame: no flow
through them). The harmonic fill solves L u = 0 on the hole, the biharmonic fill LᵀL u = 0, both with u
known outside; inside the frame the second is the usual 13-point bi-Laplacian.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from isp.threads import thread_budget
from isp.windows import group
from stages.kernels.encoding import CODES, Encoding, decoded_at, encoded_at
from stages.kernels.regions import Region, regions

Order = Literal[1, 2]
BATCH = 32  # groups that one thread takes at a time
ABSENT, GOOD, HOLE = 0, 1, 2


def fill_by_diffusion(
    frame: RawFrame, defects: DefectMap, order: Order, encoding: Encoding
) -> Repair:
    """Fill the marked pixels, every colour plane for itself.

    Parameters
    ----------
    frame : RawFrame
        Bayer (Gr and Gb apart) or mono.
    defects : DefectMap
        Marked pixels.
    order : int
        1 harmonic, 2 biharmonic.
    encoding : str
        Curve that values are filled on.

    Returns
    -------
    Repair
        Not repaired: holes that no good pixel borders on.
    """
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        values[region.entries], repaired[region.entries] = _fill_region(
            frame, region, order, encoding
        )
    return Repair(values, repaired)


def _fill_region(
    frame: RawFrame, region: Region, order: Order, encoding: Encoding
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    step = 1 if frame.cfa.family == "mono" else 2
    label = group(region.defects, gap=order * step)
    members = np.argsort(label, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(label[members], prepend=-1)), len(label))
    black, white = frame.levels.black, frame.levels.white
    values = np.zeros(len(label), np.float32)
    done = np.zeros(len(label), np.bool_)

    def batch(first: int) -> None:
        _fill_groups(
            frame.mosaic,
            black,
            1.0 / (white - black),
            region.unusable,
            region.defects.rows,
            region.defects.cols,
            members,
            starts[first : first + BATCH + 1],
            step,
            order,
            CODES[encoding],
            values,
            done,
        )

    batches = range(0, len(starts) - 1, BATCH)
    threads = min(thread_budget(), len(batches))
    if threads < 2:
        for first in batches:
            batch(first)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(batch, batches))
    return values, done


@kernel()
def _fill_groups(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    members: NDArray[np.intp],
    starts: NDArray[np.intp],
    step: int,
    order: int,
    code: int,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    """Fill groups one after the other; each gets a window with room for the stencil round it."""
    height, width = mosaic.shape
    pad = (order + 1) * step  # the last step is never read from the frame: it spares border tests
    for g in range(len(starts) - 1):
        mine = members[starts[g] : starts[g + 1]]
        top, bottom = rows[mine[0]] - pad, rows[mine[-1]] + pad + 1
        left, right = cols[mine[0]], cols[mine[0]]
        for k in mine:
            left, right = min(left, cols[k]), max(right, cols[k])
        left, right = left - pad, right + pad + 1
        u = np.zeros((bottom - top, right - left))
        state = np.zeros(u.shape, np.uint8)
        for r in range(max(top + step, 0), min(bottom - step, height)):
            for c in range(max(left + step, 0), min(right - step, width)):
                if not unusable[r, c]:
                    state[r - top, c - left] = GOOD
                    u[r - top, c - left] = encoded_at(mosaic, black, scale, r, c, code)
        for k in mine:
            state[rows[k] - top, cols[k] - left] = HOLE
        _start(u, state, step)
        _solve(u, state, step, order)
        for k in mine:
            i, j = rows[k] - top, cols[k] - left
            if state[i, j] == HOLE:
                values[k] = decoded_at(u[i, j], black, scale, rows[k], cols[k], code)
                done[k] = True


@kernel()
def _start(u: NDArray[np.float64], state: NDArray[np.uint8], step: int) -> None:
    """Give the hole a first value, from its rim inwards; what no good pixel leads to becomes absent."""
    height, width = u.shape
    ready = state == GOOD
    missing = np.sum(state == HOLE)
    forward = True
    while missing > 0:
        before = missing
        for k in range(height * width):
            at = k if forward else height * width - 1 - k
            i, j = at // width, at % width
            if state[i, j] != HOLE or ready[i, j]:
                continue
            total, count = 0.0, 0
            for di, dj in ((-step, 0), (0, -step), (0, step), (step, 0)):
                if ready[i + di, j + dj]:
                    total += u[i + di, j + dj]
                    count += 1
            if count > 0:
                u[i, j] = total / count
                ready[i, j] = True
                missing -= 1
        if missing == before:
            break
        forward = not forward
    for i in range(height):
        for j in range(width):
            if not ready[i, j]:
                state[i, j] = ABSENT


@kernel()
def _laplacian(
    p: NDArray[np.float64],
    degree: NDArray[np.float64],
    keep: NDArray[np.float64],
    step: int,
    out: NDArray[np.float64],
) -> None:
    """``keep`` · (degree · p − the sum of p's neighbours); p is 0 where there is no node."""
    height, width = p.shape
    for i in range(step, height - step):
        above, here, below = p[i - step], p[i], p[i + step]
        d, k, o = degree[i], keep[i], out[i]
        for j in range(step, width - step):
            near = above[j] + below[j] + here[j - step] + here[j + step]
            o[j] = k[j] * (d[j] * here[j] - near)


@kernel(fastmath={"reassoc", "contract"})
def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    total = 0.0
    x, y = a.ravel(), b.ravel()
    for k in range(len(x)):
        total += x[k] * y[k]
    return total


@kernel()
def _solve(u: NDArray[np.float64], state: NDArray[np.uint8], step: int, order: int) -> None:
    """Conjugate gradients for the hole's values, from those in u, to 1e-6 of the range."""
    node = np.where(state > ABSENT, 1.0, 0.0)
    hole = np.where(state == HOLE, 1.0, 0.0)
    degree = np.zeros(u.shape)
    _laplacian(node, degree, np.ones(u.shape), step, degree)
    degree = -degree
    first, q = np.zeros(u.shape), np.zeros(u.shape)

    unknowns = int(hole.sum())
    if unknowns == 0:
        return
    residual = np.zeros(u.shape)
    _operator(u, degree, node, hole, step, order, first, residual)
    residual = -residual
    p = residual.copy()
    rho = _dot(residual, residual)
    for _ in range(4 * unknowns + 20):
        if rho <= 1e-12 * unknowns:
            break
        _operator(p, degree, node, hole, step, order, first, q)
        alpha = rho / _dot(p, q)
        x, r = u.ravel(), residual.ravel()
        pf, qf = p.ravel(), q.ravel()
        for k in range(len(x)):
            x[k] += alpha * pf[k]
            r[k] -= alpha * qf[k]
        fresh = _dot(residual, residual)
        beta = fresh / rho
        for k in range(len(x)):
            pf[k] = r[k] + beta * pf[k]
        rho = fresh


@kernel()
def _operator(
    p: NDArray[np.float64],
    degree: NDArray[np.float64],
    node: NDArray[np.float64],
    hole: NDArray[np.float64],
    step: int,
    order: int,
    between: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """L p (order 1) or LᵀL p (order 2) on the hole."""
    if order == 1:
        _laplacian(p, degree, hole, step, out)
    else:
        _laplacian(p, degree, node, step, between)
        _laplacian(between, degree, hole, step, out)
