"""A tone curve on [0, 1] by table look-up, close to float32's own precision.

The table is spaced like floating-point numbers: its index is the leading bits of the sample (exponent
and ten bits of the mantissa), and the bits that follow interpolate. So power laws, steep near 0, are as
accurate there as near 1 (relative error of the interpolation about 3e-8), with one small table for any
curve. A jump in a curve (BT.709's rounded constants leave one of 0.00025 at 0.018) becomes a ramp of
a thousandth of the light there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import float32, int32
from numpy.typing import NDArray

from isp.jit import kernel

_OCTAVES = 40  # below 2^-40 the output is 0: a 1/2.4 power makes that 1e-5, under a 16-bit code
_BITS = 10
_SHIFT = 23 - _BITS
_FIRST = int(np.array(2.0**-_OCTAVES, np.float32).view(np.int32))
_ONE = int(np.array(1.0, np.float32).view(np.int32))


def curve_table(
    curve: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Sample a curve where `curve_strip` needs it.

    Parameters
    ----------
    curve : callable
        Maps float64 arrays on (0, 1] to values on [0, 1].

    Returns
    -------
    float32 array
        The samples, with one more behind 1 so that the interpolation may read it.
    """
    bits = np.arange(_FIRST, _ONE + 1, 1 << _SHIFT, dtype=np.int64).astype(np.int32)
    values = curve(bits.view(np.float32).astype(np.float64))
    return np.append(values, values[-1]).astype(np.float32)


@kernel()
def curve_strip(
    src: NDArray[Any], dst: NDArray[Any], table: NDArray[Any], scale: float32, add: float32
) -> None:
    """Apply a curve to samples clipped to [0, 1].

    Parameters
    ----------
    src : float32 array of shape (rows, W, 3)
        Linear samples.
    dst : array of shape (rows, W, 3)
        Receives curve · scale + add, cut to whole numbers where its dtype is an integer.
    table : float32 array
        See `curve_table`.
    scale, add : float32
        Largest code and 0.5 for integers, 1 and 0 for floats.
    """
    rows, samples = dst.shape[0], dst.shape[1] * 3
    source, result = src.reshape(rows, samples), dst.reshape(rows, samples)
    unit = float32(1.0 / (1 << _SHIFT))
    zero = int32(_FIRST)
    for i in range(rows):
        line, out = source[i], result[i]
        bits = line.view(int32)
        for j in range(samples):
            # Bits of non-negative floats order like the floats; negative ones are negative integers.
            place = min(max(bits[j], zero), int32(_ONE)) - zero
            index = np.uint32(place >> _SHIFT)
            part = float32(place & int32((1 << _SHIFT) - 1)) * unit
            low, high = table[index], table[index + np.uint32(1)]
            value = low + (high - low) * part
            value = value if bits[j] > zero else float32(0.0)
            out[j] = value * scale + add
