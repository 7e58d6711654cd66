"""A sparse Fourier model of a weighted window, fitted without leaving the frequency domain.

The model is a sum of few two-dimensional Fourier functions, chosen greedily: in each step the function
that lowers the weighted error most joins the model. Multiplication by the weights is a convolution of
spectra, so the residual's spectrum follows by taking off two shifted copies of the weights' spectrum and
no transform is needed between steps (Seiler, Kaup, "Complex-valued frequency selective extrapolation for
fast image and video signal extrapolation", IEEE Signal Processing Letters 2010).

Windows are real, so the lower half of a spectrum is kept: rows 0 to N/2, all columns. That keeps every
inner loop on a contiguous row of N samples.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.vector import f32, fused, load_f32, most, store

# Sums may be reordered into vector lanes. NaN needs no care: an untouched sample has weight 0 and is 0.
_FAST = {"reassoc", "contract", "nsz", "nnan"}

Table = NDArray[np.float32]

_LANES, _BYTES = 16, 4  # of a vector of float32; of a lane


class Work(NamedTuple):
    """Twiddle factors and scratch of the transforms of one size N; one per thread.

    Parameters
    ----------
    cos, sin : float32 arrays of shape (N, N)
        Of 2π·i·j / N.
    re, im : float32 arrays of shape (N/2 + 1, S)
        Spectrum of the weighted residual. S is N rounded up to whole vectors; what lies beyond N is
        computed with the rest and never looked at.
    weight_re, weight_im : float32 arrays of shape (N, N + S)
        Spectrum of the weights, all rows, columns twice, so that a shifted row is a slice.
    model_re, model_im : float32 arrays of shape (N/2 + 1, N)
        Coefficients of the model.
    half_re, half_im : float32 arrays of shape (N/2 + 1, N)
        Transforms of the columns only.
    power : float32 array of shape (N/2 + 1, S)
        Squared magnitude of the residual's spectrum.
    top : float32 array of shape (S,)
        Its maximum down each column: maxima of lanes, for which no vector needs to be folded.
    """

    cos: Table
    sin: Table
    re: Table
    im: Table
    weight_re: Table
    weight_im: Table
    model_re: Table
    model_im: Table
    half_re: Table
    half_im: Table
    power: Table
    top: Table


@lru_cache(maxsize=8)
def _twiddles(size: int) -> tuple[Table, Table]:
    steps = np.arange(size)
    angle = 2.0 * np.pi * (np.outer(steps, steps) % size) / size
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def work_for(size: int) -> Work:
    """Scratch for windows of ``size`` × ``size`` (even)."""
    cos, sin = _twiddles(size)
    stride = -(-size // _LANES) * _LANES
    half, padded = (size // 2 + 1, size), (size // 2 + 1, stride)
    full = (size, size + stride)
    shapes = (padded, padded, full, full, half, half, half, half, padded, (stride,))
    return Work(cos, sin, *(np.zeros(shape, np.float32) for shape in shapes))


@kernel(fastmath=_FAST)
def _transform(window: Table, re: Table, im: Table, work: Work) -> None:
    """Lower half of the spectrum of a real N×N window: columns first, then rows."""
    size = window.shape[0]
    for k in range(re.shape[0]):
        half_re, half_im = work.half_re[k], work.half_im[k]
        half_re[:] = float32(0.0)
        half_im[:] = float32(0.0)
        for m in range(size):
            c, s, row = work.cos[k, m], work.sin[k, m], window[m]
            for n in range(size):
                half_re[n] += c * row[n]
                half_im[n] -= s * row[n]
        out_re, out_im = re[k], im[k]
        out_re[:] = float32(0.0)
        out_im[:] = float32(0.0)
        for n in range(size):
            a, b, cos, sin = half_re[n], half_im[n], work.cos[n], work.sin[n]
            for m in range(size):
                out_re[m] += a * cos[m] + b * sin[m]
                out_im[m] += b * cos[m] - a * sin[m]


@kernel(fastmath=_FAST)
def _synthesise(window: Table, work: Work) -> None:
    """Write the model's values over a window (not divided by its size: coefficients are amplitudes)."""
    size = window.shape[0]
    last = work.model_re.shape[0] - 1
    window[:] = float32(0.0)
    for k in range(last + 1):
        half_re, half_im = work.half_re[k], work.half_im[k]
        half_re[:] = float32(0.0)
        half_im[:] = float32(0.0)
        empty = True
        for m in range(size):
            a, b = work.model_re[k, m], work.model_im[k, m]
            if a != float32(0.0) or b != float32(0.0):
                empty = False
                cos, sin = work.cos[m], work.sin[m]
                for n in range(size):
                    half_re[n] += a * cos[n] - b * sin[n]
                    half_im[n] += a * sin[n] + b * cos[n]
        if empty:
            continue
        # Rows between the first and the last stand for their conjugates in the other half too.
        share = float32(1.0) if k == 0 or k == last else float32(2.0)
        for m in range(size):
            c, s, row = share * work.cos[k, m], share * work.sin[k, m], window[m]
            for n in range(size):
                row[n] += c * half_re[n] - s * half_im[n]


@kernel(fastmath=_FAST)
def _spread_weights(work: Work) -> None:
    """Unfold the weights' half spectrum (in re, im) to all rows, columns twice."""
    size = work.cos.shape[0]
    for k in range(size):
        mirrored = k > size // 2
        source = size - k if mirrored else k
        for m in range(size):
            n = (size - m) % size if mirrored else m
            a, b = work.re[source, n], work.im[source, n]
            b = -b if mirrored else b
            work.weight_re[k, m] = work.weight_re[k, m + size] = a
            work.weight_im[k, m] = work.weight_im[k, m + size] = b


@kernel()
def _take_off(row: int, col: int, a: float32, b: float32, work: Work) -> None:
    """Take a·exp(+) and its conjugate off the residual's spectrum, and note the power that is left.

    In vectors by hand, a block of columns at a time down all rows: LLVM would check ten arrays against
    each other before every row, and keep the maximum in memory.
    """
    size, stride, wide = work.cos.shape[0], work.re.shape[1], work.weight_re.shape[1]
    right = (size - col) % size
    minus_a, plus_b = f32(-a), f32(b)
    for first in range(0, stride, _LANES):
        top = f32(float32(0.0))
        for k in range(work.re.shape[0]):
            down = k - row if k >= row else k - row + size
            up = k + row if k + row < size else k + row - size
            p, q = _BYTES * (down * wide + right + first), _BYTES * (up * wide + col + first)
            p_re, p_im = load_f32(work.weight_re, p), load_f32(work.weight_im, p)
            q_re, q_im = load_f32(work.weight_re, q), load_f32(work.weight_im, q)
            at = _BYTES * (k * stride + first)
            x = fused(plus_b, p_im - q_im, fused(minus_a, p_re + q_re, load_f32(work.re, at)))
            y = fused(plus_b, q_re - p_re, fused(minus_a, p_im + q_im, load_f32(work.im, at)))
            here = fused(x, x, y * y)
            store(work.re, at, x)
            store(work.im, at, y)
            store(work.power, at, here)
            top = most(here, top)
        store(work.top, _BYTES * first, top)


@kernel(fastmath=_FAST)
def _peak(work: Work) -> tuple[int, int]:
    """Where the residual's spectrum has most power: the first row of the first such column."""
    top = work.top
    col = 0
    for m in range(work.cos.shape[0]):
        if top[m] > top[col]:
            col = m
    for k in range(work.power.shape[0]):
        if work.power[k, col] == top[col]:
            return k, col
    return 0, col


@kernel(fastmath=_FAST)
def fit(
    window: Table,
    weight: Table,
    work: Work,
    iterations: int,
    step: float32,
    tolerance: float32,
) -> int:
    """Fit the model to a window and write its values over the whole of it.

    Parameters
    ----------
    window : float32 array of shape (N, N)
        Samples, 0 where the weight is 0; overwritten by the model.
    weight : float32 array of shape (N, N)
        Trust in each sample, 0 where unknown; not all 0. Overwritten.
    work : Work
        Scratch of size N.
    iterations : int
        Largest number of steps.
    step : float32
        Part of the estimated coefficient that a step takes, in (0, 1]: weighted Fourier functions
        are not orthogonal, and a full step would claim what belongs to others (Seiler, Kaup 2010,
        "orthogonality deficiency compensation").
    tolerance : float32
        Fitting ends where no function's amplitude is above this.

    Returns
    -------
    int
        Number of steps made.
    """
    size = window.shape[0]
    _transform(weight, work.re, work.im, work)
    _spread_weights(work)
    for m in range(size):
        row, trust = window[m], weight[m]
        for n in range(size):
            row[n] *= trust[n]
    _transform(window, work.re, work.im, work)
    work.model_re[:] = float32(0.0)
    work.model_im[:] = float32(0.0)
    total = work.weight_re[0, 0]
    bar = (tolerance * total) * (tolerance * total)
    _take_off(0, 0, float32(0.0), float32(0.0), work)
    steps = 0
    while steps < iterations:
        u, v = _peak(work)
        if work.power[u, v] <= bar:
            break
        a, b = step * work.re[u, v] / total, step * work.im[u, v] / total
        edge = u == 0 or u == size // 2
        if edge and (v == 0 or v == size // 2):  # real: its own conjugate
            _take_off(u, v, float32(0.5) * a, float32(0.0), work)
            work.model_re[u, v] += a
        else:
            _take_off(u, v, a, b, work)
            work.model_re[u, v] += a
            work.model_im[u, v] += b
            if edge:
                work.model_re[u, size - v] += a
                work.model_im[u, size - v] -= b
        steps += 1
    _synthesise(window, work)
    return steps
