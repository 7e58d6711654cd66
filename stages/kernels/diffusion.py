"""Harmonic and biharmonic filling of holes, by conjugate gradients on windows round the groups.

Pixels of one colour are the nodes of a grid graph; L is its Laplacian (edges of the frame: no flow
through them). The harmonic fill solves L u = 0 on the hole, the biharmonic fill LᵀL u = 0, both with u
known outside; inside the frame the second is the usual 13-point bi-Laplacian.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.repair import Repair
from stages.kernels.encoding import Encoding
from stages.kernels.groups import ABSENT, GOOD, HOLE, close_window, open_window, repair_by_groups

Order = Literal[1, 2]


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
    step = 1 if frame.cfa.family == "mono" else 2
    return repair_by_groups(
        frame, defects, _fill_groups, step, order, gap=order * step, encoding=encoding
    )


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
    code: int,
    step: int,
    order: int,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    for g in range(len(starts) - 1):
        mine = members[starts[g] : starts[g + 1]]
        u, state, top, left = open_window(
            mosaic, black, scale, unusable, rows, cols, mine, order * step, step, code
        )
        fill_window(u, state, step, order)
        close_window(u, state, top, left, black, scale, rows, cols, mine, code, values, done)


@kernel()
def fill_window(u: NDArray[np.float64], state: NDArray[np.uint8], step: int, order: int) -> None:
    """Fill the holes of a window in place; holes that no good cell leads to become absent."""
    _start(u, state, step)
    _solve(u, state, step, order)


@kernel()
def _spread_to(u: NDArray[np.float64], ready: NDArray[np.bool_], i: int, j: int, step: int) -> bool:
    """Give a cell the mean of its neighbours that have a value; whether there were any."""
    total, count = 0.0, 0
    for di, dj in ((-step, 0), (0, -step), (0, step), (step, 0)):
        if ready[i + di, j + dj]:
            total += u[i + di, j + dj]
            count += 1
    if count > 0:
        u[i, j] = total / count
        ready[i, j] = True
    return count > 0


@kernel()
def _start(u: NDArray[np.float64], state: NDArray[np.uint8], step: int) -> None:
    """Give the hole a first value, from its rim inwards; what no good pixel leads to becomes absent."""
    height, width = u.shape
    ready = state == GOOD
    missing = np.sum(state == HOLE)
    changed, forward = True, True
    while missing > 0 and changed:
        changed = False
        for a in range(step, height - step):
            i = a if forward else height - 1 - a
            for b in range(step, width - step):
                j = b if forward else width - 1 - b
                if state[i, j] == HOLE and not ready[i, j] and _spread_to(u, ready, i, j, step):
                    missing -= 1
                    changed = True
        forward = not forward
    if missing > 0:
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
    degree, none = np.zeros(u.shape), np.zeros(u.shape)
    _laplacian(node, none, -node, step, degree)  # the number of neighbours that there are
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
