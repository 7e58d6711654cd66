"""Curves that fills work on: linear values, or values whose noise is about the same everywhere.

All are odd functions, so that signal below black keeps its sign. The square root is the
variance-stabilising transform of Poisson noise (Anscombe, *The transformation of Poisson, binomial and
negative-binomial data*, Biometrika 35, 1948); the sRGB curve (IEC 61966-2-1) is close to it and is what
errors are judged on.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel

Encoding = Literal["linear", "sqrt", "srgb"]
CODES: Final[dict[Encoding, int]] = {"linear": 0, "sqrt": 1, "srgb": 2}


@kernel()
def encode(part: float, code: int) -> float:
    """Encoded value of a part of the range (0 black, 1 white, may lie outside)."""
    if code == 0:
        return part
    size = abs(part)
    if code == 1:
        size = np.sqrt(size)
    elif size <= 0.0031308:
        size *= 12.92
    else:
        size = 1.055 * size ** (1.0 / 2.4) - 0.055
    return size if part >= 0 else -size


@kernel()
def decode(value: float, code: int) -> float:
    """Part of the range of an encoded value: the inverse of `encode`."""
    if code == 0:
        return value
    size = abs(value)
    if code == 1:
        size *= size
    elif size <= 0.04045:
        size /= 12.92
    else:
        size = ((size + 0.055) / 1.055) ** 2.4
    return size if value >= 0 else -size


@kernel()
def encoded_at(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    row: int,
    col: int,
    code: int,
) -> float:
    """Encoded value of one pixel; ``black`` and ``scale`` = 1 / (white − black) are per site."""
    i, j = row % black.shape[0], col % black.shape[1]
    return float(encode((mosaic[row, col] - black[i, j]) * scale[i, j], code))


@kernel()
def decoded_at(
    value: float,
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    row: int,
    col: int,
    code: int,
) -> float:
    """DN of an encoded value at a site: the inverse of `encoded_at`."""
    i, j = row % black.shape[0], col % black.shape[1]
    return float(decode(value, code) / scale[i, j] + black[i, j])
