"""A display curve straight to 8-bit codes: cubics on half octaves of light, their numbers in registers.

The exponent and the first bit of the mantissa of a float32 say in which half octave it lies; five bits of
them choose one of 32 cubics by a permutation of registers, so there is no call, no branch and no
access to a table in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

from isp.jit import RowKernel, kernel
from stages.kernels.lanes import look_up, paired, store_rgb
from stages.kernels.vector import (
    LANES,
    bit_patterns,
    f32,
    fused,
    least,
    load_f32,
    most,
    store_bytes,
    truncated,
)

SEGMENTS: Final = 32
TERMS: Final = 4
TOLERANCE: Final = 0.01  # of a code
_FIRST: Final = (
    224  # bits 22 to 29 of 2^-15, where segment 0 begins; below it the code is that of 0
)
_LEAST: Final = np.float32(2.0**-15)
_LANES_F32: Final = 16


def code_table(
    curve: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float32] | None:
    """The cubics of a curve, (TERMS, SEGMENTS) lowest power first, scaled to codes and with ½ added.

    Parameters
    ----------
    curve : callable
        Light in [0, 1] to [0, 1].

    Returns
    -------
    float32 array or None
        None where the cubics would be off by more than `TOLERANCE` of a code (a pure power's steep
        start).
    """
    table = np.zeros((TERMS, SEGMENTS))
    edges = ((np.arange(SEGMENTS) + _FIRST) << 22).astype(np.int32).view(np.float32).astype(float)
    for k, (low, high) in enumerate(pairwise(edges[:-1])):
        series = Chebyshev.interpolate(lambda x: 255 * curve(x) + 0.5, 3, domain=[low, high])
        terms = series.convert(kind=Polynomial, domain=[-1, 1]).coef
        table[: len(terms), k] = terms  # shorter where the curve is a straight line
    table[0, SEGMENTS - 2] = 255 * curve(np.ones(1))[0] + 0.5
    single = np.ascontiguousarray(table, np.float32)
    return single if _largest_error(single, curve) <= TOLERANCE else None


def _largest_error(table: NDArray[np.float32], curve: Callable[..., Any]) -> float:
    light = np.concatenate([[0.0], np.geomspace(1e-7, 1, 40001), np.linspace(0, 1, 4001)])
    light = light.astype(np.float32)
    clipped = np.maximum(light, _LEAST)
    index = (clipped.view(np.int32) >> 22) & (SEGMENTS - 1)
    c = table[:, index]
    found = ((c[3] * clipped + c[2]) * clipped + c[1]) * clipped + c[0] - np.float32(0.5)
    found, wanted = np.maximum(found, 0), 255 * curve(light.astype(np.float64))
    low = light < _LEAST
    found[low & (wanted < 0.4) & (found < 0.4)] = wanted[low & (wanted < 0.4) & (found < 0.4)]
    return float(np.abs(found - wanted).max())


@kernel(inline="always")
def _tables(table: Any) -> Any:
    """The cubics' numbers in vectors."""
    return (
        (load_f32(table, 0), load_f32(table, 64)),
        (load_f32(table, 128), load_f32(table, 192)),
        (load_f32(table, 256), load_f32(table, 320)),
        (load_f32(table, 384), load_f32(table, 448)),
    )


@kernel(inline="always")
def _codes(light: Any, cubics: Any) -> Any:
    """8-bit codes of 16 samples, int32."""
    x = least(most(light, f32(_LEAST)), f32(1.0))
    half_octave = bit_patterns(x) >> 22
    (a0, a1), (b0, b1), (c0, c1), (d0, d1) = cubics
    upper = fused(look_up(d0, d1, half_octave), x, look_up(c0, c1, half_octave))
    lower = fused(upper, x, look_up(b0, b1, half_octave))
    return truncated(fused(lower, x, look_up(a0, a1, half_octave)))


@kernel(inline="always")
def _pixels(work: Any, ins: Any, at: int, matrix: Any, cubics: Any) -> Any:
    """Codes of 16 pixels from rows of R, G and B."""
    red, green, blue = (
        load_f32(work, ins[0] + at),
        load_f32(work, ins[1] + at),
        load_f32(work, ins[2] + at),
    )
    a, b, c, d, e, f, g, h, k = matrix
    return (
        _codes(fused(c, blue, fused(b, green, a * red)), cubics),
        _codes(fused(f, blue, fused(e, green, d * red)), cubics),
        _codes(fused(k, blue, fused(h, green, g * red)), cubics),
    )


@RowKernel
def code_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """Rows of R, G and B to a row of 8-bit pixels.

    Constants: `code_table`, then the matrix that each pixel is multiplied with, row by row.
    """
    cubics = _tables(constants)
    m = TERMS * SEGMENTS
    matrix = (
        f32(constants[m]),
        f32(constants[m + 1]),
        f32(constants[m + 2]),
        f32(constants[m + 3]),
        f32(constants[m + 4]),
        f32(constants[m + 5]),
        f32(constants[m + 6]),
        f32(constants[m + 7]),
        f32(constants[m + 8]),
    )
    for j in range(start, stop, LANES):
        red, green, blue = _pixels(work, ins, 4 * j, matrix, cubics)
        red_odd, green_odd, blue_odd = _pixels(work, ins, 4 * j + 64, matrix, cubics)
        store_rgb(
            work,
            outs[0] + 3 * j,
            paired(red, red_odd),
            paired(green, green_odd),
            paired(blue, blue_odd),
        )


@kernel()
def code_strip(src: NDArray[Any], dst: NDArray[Any], table: NDArray[Any]) -> None:
    """The same on samples in any order.

    Parameters
    ----------
    src : float32 array of shape (N,), contiguous
        Linear samples, clipped to [0, 1] here.
    dst : uint8 array of shape (N,), contiguous
        Receives the codes.
    table : float32 array of shape (TERMS, SEGMENTS)
        See `code_table`.
    """
    cubics = _tables(table)
    whole = src.size // _LANES_F32 * _LANES_F32
    for j in range(0, whole, _LANES_F32):
        store_bytes(dst, j, _codes(load_f32(src, 4 * j), cubics))
    rest = np.zeros(_LANES_F32, np.float32)
    codes = np.zeros(_LANES_F32, np.uint8)
    rest[: src.size - whole] = src[whole:]
    store_bytes(codes, 0, _codes(load_f32(rest, 0), cubics))
    dst[whole:] = codes[: src.size - whole]
