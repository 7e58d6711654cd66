"""Display curves: a straight toe and a power law, worked out to about float32's own precision.

sRGB, BT.709, pure powers and the identity are all of this form. The power is 2^(p · log2 x) with both
functions as polynomials on the bits of the float, so that the loop has no call, no branch and no
table, and vectorises (a table look-up does not: LLVM cannot tell that the output leaves the table
alone).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy import float32, int32
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.bits import bits_of, from_bits


class Curve(NamedTuple):
    """``slope · x`` below ``start``, ``factor · x^power − minus`` from there on.

    All float32; ``power`` at most 1.
    """

    start: float32
    slope: float32
    factor: float32
    power: float32
    minus: float32


def _coefficients(function: Any, low: float, high: float, degree: int) -> tuple[float32, ...]:
    """Near-minimax polynomial of a function on an interval, lowest power first."""
    series = Chebyshev.interpolate(function, degree, domain=[low, high])
    return tuple(float32(c) for c in series.convert(kind=Polynomial, domain=[-1, 1]).coef)


_ROOT = float(np.sqrt(0.5))
# log2(1 + t) / t on the mantissas of [√½, √2): so the logarithm is exactly 0 at 1.
_LOG: Final = _coefficients(lambda t: np.log1p(t) / t / np.log(2), _ROOT - 1, 2 * _ROOT - 1, 8)
_EXP: Final = _coefficients(np.exp2, -0.5, 0.5, 6)
_ROOT_BITS: Final = int32(np.array(_ROOT, np.float32).view(np.int32))
_ONE_BITS: Final = int32(np.array(1.0, np.float32).view(np.int32))
_TINY_BITS: Final = int32(1 << 23)  # smallest normal float
_MANTISSA: Final = int32((1 << 23) - 1)


@kernel(inline="always")
def _log2(pattern: int32) -> float32:
    """log2 of a positive normal float given by its bits."""
    above = int32(pattern - _ROOT_BITS)  # Numba widens every sum to int64
    t: float32 = from_bits((above & _MANTISSA) + _ROOT_BITS) - float32(1.0)
    c = _LOG
    low = (c[0] + c[1] * t) + (c[2] + c[3] * t) * (t * t)
    high = (c[4] + c[5] * t) + (c[6] + c[7] * t) * (t * t) + c[8] * ((t * t) * (t * t))
    return float32(int32(above >> int32(23))) + t * (low + high * ((t * t) * (t * t)))


@kernel(inline="always")
def _exp2(y: float32) -> float32:
    """2 to a power of [−126, 0]."""
    whole = np.floor(y + float32(0.5))
    f = y - whole
    c = _EXP
    value = (c[0] + c[1] * f) + (
        (c[2] + c[3] * f) + (c[4] + c[5] * f + c[6] * (f * f)) * (f * f)
    ) * (f * f)
    result: float32 = from_bits(bits_of(value) + (int32(whole) << int32(23)))
    return result


@kernel(fastmath={"contract"})
def curve_strip(
    src: NDArray[Any], dst: NDArray[Any], curve: Curve, scale: float32, add: float32
) -> None:
    """Apply a curve to samples clipped to [0, 1].

    Parameters
    ----------
    src : float32 array of shape (rows, W, 3)
        Linear samples.
    dst : array of shape (rows, W, 3)
        Receives curve · scale + add, cut to whole numbers where its dtype is an integer.
    curve : Curve
        The curve's constants.
    scale, add : float32
        Largest code and 0.5 for integers, 1 and 0 for floats.
    """
    rows, samples = dst.shape[0], dst.shape[1] * 3
    source, result = src.reshape(rows, samples), dst.reshape(rows, samples)
    start, slope, factor, power, minus = curve
    for i in range(rows):
        line, out = source[i], result[i]
        for j in range(samples):
            light = min(max(line[j], float32(0.0)), float32(1.0))
            pattern = max(bits_of(light), _TINY_BITS)
            curved = factor * _exp2(power * _log2(pattern)) - minus
            value = curved if light >= start else slope * light
            out[j] = value * scale + add
