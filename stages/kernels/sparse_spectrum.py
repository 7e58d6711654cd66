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
from stages.kernels.lanes import first_lane, largest
from stages.kernels.vector import above, f32, fused, load_f32, most, store, where

# Sums may be reordered into vector lanes. NaN needs no care: an untouched sample has weight 0 and is 0.
_FAST = {"reassoc", "contract", "nsz", "nnan"}

Table = NDArray[np.float32]

_LANES, _BYTES = 16, 4  # of a vector of float32; of a lane


class Work(NamedTuple):
    """Twiddle factors and scratch of the transforms of one size N; one per thread.

    Rows are S long: N rounded up to whole vectors. What lies beyond N is computed with the rest and
    never looked at.

    Parameters
    ----------
    cos, sin : float32 arrays of shape (N, S)
        Of 2π·i·j / N.
    samples : float32 array of shape (N, S)
        What is transformed, and what a model is synthesised to.
    re, im : float32 arrays of shape (N/2 + 1, S)
        Spectrum of the weighted residual.
    weight_re, weight_im : float32 arrays of shape (N, N + S)
        Spectrum of the weights, all rows, columns twice, so that a shifted row is a slice.
    model_re, model_im : float32 arrays of shape (N/2 + 1, S)
        Coefficients of the model.
    half_re, half_im : float32 arrays of shape (N/2 + 1, S)
        Transforms of the columns only.
    top, row : float32 arrays of shape (S,)
        Largest squared magnitude of the residual's spectrum down each column, and the row it is in:
        maxima of lanes, for which no vector needs to be folded on the way. 0 beyond N.
    """

    cos: Table
    sin: Table
    samples: Table
    re: Table
    im: Table
    weight_re: Table
    weight_im: Table
    model_re: Table
    model_im: Table
    half_re: Table
    half_im: Table
    top: Table
    row: Table


@lru_cache(maxsize=8)
def _twiddles(size: int, stride: int) -> tuple[Table, Table]:
    angle = 2.0 * np.pi * (np.outer(np.arange(size), np.arange(stride)) % size) / size
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def work_for(size: int) -> Work:
    """Scratch for windows of ``size`` × ``size`` (even)."""
    stride = -(-size // _LANES) * _LANES
    whole, half, wide = (size, stride), (size // 2 + 1, stride), (size, size + stride)
    line = (stride,)
    shapes = (whole, half, half, wide, wide, half, half, half, half, line, line)
    return Work(*_twiddles(size, stride), *(np.zeros(shape, np.float32) for shape in shapes))


@kernel()
def _transform(work: Work) -> None:
    """Lower half of the spectrum of the samples: columns first, then rows."""
    size, stride = work.samples.shape
    nothing = f32(float32(0.0))
    for k in range(work.re.shape[0]):
        for first in range(0, stride, _LANES):
            a, b = nothing, nothing
            for m in range(size):
                row = load_f32(work.samples, _BYTES * (m * stride + first))
                a = fused(f32(work.cos[k, m]), row, a)
                b = fused(f32(-work.sin[k, m]), row, b)
            store(work.half_re, _BYTES * (k * stride + first), a)
            store(work.half_im, _BYTES * (k * stride + first), b)
        for first in range(0, stride, _LANES):
            x, y = nothing, nothing
            for n in range(size):
                at = _BYTES * (n * stride + first)
                cos, sin = load_f32(work.cos, at), load_f32(work.sin, at)
                a, b = f32(work.half_re[k, n]), f32(work.half_im[k, n])
                x = fused(b, sin, fused(a, cos, x))
                y = fused(f32(-work.half_re[k, n]), sin, fused(b, cos, y))
            store(work.re, _BYTES * (k * stride + first), x)
            store(work.im, _BYTES * (k * stride + first), y)


@kernel()
def _synthesise(work: Work) -> None:
    """The model's values as samples (not divided by their number: coefficients are amplitudes)."""
    size, stride = work.samples.shape
    last = work.model_re.shape[0] - 1
    nothing = f32(float32(0.0))
    for first in range(0, stride, _LANES):
        for k in range(last + 1):
            x, y = nothing, nothing
            for m in range(size):
                a, b = work.model_re[k, m], work.model_im[k, m]
                if a != float32(0.0) or b != float32(0.0):
                    at = _BYTES * (m * stride + first)
                    cos, sin = load_f32(work.cos, at), load_f32(work.sin, at)
                    x = fused(f32(-b), sin, fused(f32(a), cos, x))
                    y = fused(f32(b), cos, fused(f32(a), sin, y))
            store(work.half_re, _BYTES * (k * stride + first), x)
            store(work.half_im, _BYTES * (k * stride + first), y)
        for m in range(size):
            value = nothing
            for k in range(last + 1):
                # Rows between the first and the last stand for their conjugates in the other half too.
                share = float32(1.0) if k == 0 or k == last else float32(2.0)
                at = _BYTES * (k * stride + first)
                value = fused(f32(share * work.cos[k, m]), load_f32(work.half_re, at), value)
                value = fused(f32(-share * work.sin[k, m]), load_f32(work.half_im, at), value)
            store(work.samples, _BYTES * (m * stride + first), value)


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
    """Take a·exp(+) and its conjugate off the residual's spectrum, and note where most power is left.

    In vectors by hand, a block of columns at a time down all rows: LLVM would check ten arrays against
    each other before every row, and keep the maximum in memory.
    """
    size, stride, wide = work.cos.shape[0], work.re.shape[1], work.weight_re.shape[1]
    right = (size - col) % size
    minus_a, plus_b = f32(-a), f32(b)
    for first in range(0, stride, _LANES):
        top, where_top = f32(float32(-1.0)), f32(float32(0.0))
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
            where_top = where(above(here, top), f32(float32(k)), where_top)
            top = most(here, top)
        store(work.top, _BYTES * first, top)
        store(work.row, _BYTES * first, where_top)
    for beyond in range(size, stride):
        work.top[beyond] = float32(0.0)


@kernel()
def _peak(work: Work) -> tuple[int, int, float32]:
    """Row, column and power of the residual's strongest function: the first row of the first column."""
    power, col = float32(-1.0), 0
    for first in range(0, len(work.top), _LANES):
        top = load_f32(work.top, _BYTES * first)
        here = largest(top)
        if here > power:
            power, col = here, first + first_lane(top, here)
    return int(work.row[col]), col, power


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
        Trust in each sample, 0 where unknown; not all 0.
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
    work.samples[:, :size] = weight
    _transform(work)
    _spread_weights(work)
    for m in range(size):
        row, value, trust = work.samples[m], window[m], weight[m]
        for n in range(size):
            row[n] = value[n] * trust[n]
    _transform(work)
    work.model_re[:] = float32(0.0)
    work.model_im[:] = float32(0.0)
    total = work.weight_re[0, 0]
    bar = (tolerance * total) * (tolerance * total)
    _take_off(0, 0, float32(0.0), float32(0.0), work)
    steps = 0
    while steps < iterations:
        u, v, power = _peak(work)
        if power <= bar:
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
    _synthesise(work)
    window[:] = work.samples[:, :size]
    return steps
