"""Linear interpolation of the samples of any repeating CFA, by normalised convolution.

Reference: H. Knutsson, C.-F. Westin, *Normalized and differential convolution*, CVPR 1993. The
applicability is a tent, which on a Bayer pattern is bilinear interpolation. Weights depend on the
position in the CFA's period only and are worked out once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.cfa import CHANNEL_NAMES, CHANNEL_OF_SITE, Cfa
from isp.errors import StageError
from isp.jit import kernel
from stages.kernels.bayer import interleave_row, three_rows

_BLOCK = 128  # about the columns of one block of weights: a few KB, so that they stay in L1
_MAX_RADIUS = 16


def tent_weights(cfa: Cfa) -> NDArray[np.float32]:
    """Weights of the samples around a site for red, green and blue there.

    A measured channel is kept as it is. The window is the smallest in which every channel has
    samples on all sides of every site (or in its own row or column).

    Parameters
    ----------
    cfa : Cfa
        Any pattern that has red, green and blue sites, or mono ones only.

    Returns
    -------
    float32 array of shape (period rows, 3, 2r + 1, 2r + 1, period columns)
        For each row of the period and each channel, the weights of the window's samples, one for
        each column of the period; they sum to 1.

    Raises
    ------
    StageError
        If the pattern lacks a channel.
    """
    radius = next((r for r in range(_MAX_RADIUS) if _surrounds(cfa, r)), None)
    if radius is None:
        missing = [CHANNEL_NAMES[c] for c in _channels(cfa) if not _sites(cfa, c).any()]
        raise StageError(
            f"The CFA {cfa.name} cannot be interpolated: channels without samples near every site:"
            f" {', '.join(missing) or 'some'}."
        )
    distance = radius + 1 - np.abs(np.arange(-radius, radius + 1))
    tent = np.outer(distance, distance).astype(np.float64)
    rows, cols = cfa.period
    weights = np.zeros((rows, 3, *tent.shape, cols))
    for row, col, out in np.ndindex(rows, cols, 3):
        window = tent * _window(cfa, _channels(cfa)[out], row, col, radius)
        if window[radius, radius]:
            window = np.zeros_like(tent)
            window[radius, radius] = 1.0
        weights[row, out, :, :, col] = window / window.sum()
    return weights.astype(np.float32)


def block_weights(cfa: Cfa) -> NDArray[np.float32]:
    """`tent_weights` repeated along the columns to blocks that the inner loop runs over."""
    weights = tent_weights(cfa)
    repeats = -(-_BLOCK // weights.shape[-1])
    return np.ascontiguousarray(np.tile(weights, repeats))


def _channels(cfa: Cfa) -> tuple[int, int, int]:
    """The channels that make red, green and blue."""
    return (3, 3, 3) if cfa.family == "mono" else (0, 1, 2)


def _sites(cfa: Cfa, channel: int) -> NDArray[np.bool_]:
    channels = np.asarray(CHANNEL_OF_SITE)[np.asarray(cfa.pattern)]
    return np.asarray(channels == channel, np.bool_)


def _window(cfa: Cfa, channel: int, row: int, col: int, radius: int) -> NDArray[np.bool_]:
    """Where the window around a site has samples of a channel."""
    around = np.arange(-radius, radius + 1)
    rows, cols = cfa.period
    picked = _sites(cfa, channel)[np.ix_((row + around) % rows, (col + around) % cols)]
    return np.asarray(picked, np.bool_)


def _surrounds(cfa: Cfa, radius: int) -> bool:
    return all(
        _on_all_sides(_window(cfa, channel, row, col, radius), radius)
        for row, col in np.ndindex(*cfa.period)
        for channel in _channels(cfa)
    )


def _on_all_sides(window: NDArray[np.bool_], radius: int) -> bool:
    if window[radius, radius]:
        return True
    rows, cols = np.nonzero(window)
    return bool(
        rows.size and rows.min() <= radius <= rows.max() and cols.min() <= radius <= cols.max()
    )


@kernel()
def _accumulate(line: NDArray[Any], weights: NDArray[Any], out: NDArray[Any]) -> None:
    """Add a row times weights that repeat every block."""
    block = weights.size
    for start in range(0, out.size, block):
        part = out[start : start + block]
        values = line[start : start + block]
        for j in range(part.size):
            part[j] += weights[j] * float32(values[j])


@kernel()
def convolution_strip(
    src: NDArray[Any],
    dst: NDArray[Any],
    row: int,
    weights: NDArray[Any],
    scale: float32,
    offset: float32,
) -> None:
    """Interpolate a strip.

    Parameters
    ----------
    src : array of shape (rows + 2r, W + 2r)
        Mosaic rows with a margin of the window's radius r; any real dtype.
    dst : float32 array of shape (rows, W, 3)
        Receives R, G, B.
    row : int
        Frame row of the strip's first output row.
    weights : float32 array of shape (period rows, 3, 2r + 1, 2r + 1, block)
        See `block_weights`.
    scale, offset : float32
        The line applied to the output.
    """
    rows, width = dst.shape[0], dst.shape[1]
    flat = dst.reshape(rows, 3 * width)
    period, size = weights.shape[0], weights.shape[2]
    red, green, blue = three_rows(width)
    for i in range(rows):
        red[:], green[:], blue[:] = float32(0.0), float32(0.0), float32(0.0)
        taps = weights[(row + i) % period]
        for a in range(size):
            for b in range(size):
                line = src[i + a, b : b + width]
                _accumulate(line, taps[0, a, b], red)
                _accumulate(line, taps[1, a, b], green)
                _accumulate(line, taps[2, a, b], blue)
        interleave_row(red, green, blue, scale, offset, flat[i])
