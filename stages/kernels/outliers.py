"""First look of single-frame detection: which pixels stand out from their own colour at all.

A pixel stands out where it lies on one side of the means of opposite same-colour neighbours in at
least three of the four directions. Edges and lines leave pixels on them inside at least one mean; one
direction may be spoilt by a second defect (a couplet, a row of defects).
"""

from __future__ import annotations

from typing import Any

from numpy import float32, sqrt
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.neighbours import greater, lesser


@kernel()
def _row(
    up: NDArray[Any],
    mid: NDArray[Any],
    low: NDArray[Any],
    out: NDArray[Any],
    right: int,
    gain: Any,
    read: Any,
) -> None:
    n = out.size
    half, zero = float32(0.5), float32(0)
    up_left, up_mid, up_right = up[:n], up[right : right + n], up[2 * right : 2 * right + n]
    left, centre, far = mid[:n], mid[right : right + n], mid[2 * right : 2 * right + n]
    low_left, low_mid, low_right = low[:n], low[right : right + n], low[2 * right : 2 * right + n]
    for j in range(n):
        value = centre[j]
        across = value - half * (left[j] + far[j])
        along = value - half * (up_mid[j] + low_mid[j])
        falling = value - half * (up_left[j] + low_right[j])
        rising = value - half * (low_left[j] + up_right[j])
        low_a, high_a = lesser(across, along), greater(across, along)
        low_b, high_b = lesser(falling, rising), greater(falling, rising)
        inner_a, inner_b = greater(low_a, low_b), lesser(high_a, high_b)
        second, third = lesser(inner_a, inner_b), greater(inner_a, inner_b)
        level = greater(value - half * (second + third), zero)
        excess = greater(second, zero) + lesser(third, zero)
        out[j] = excess / sqrt(gain * level + read)


@kernel()
def standing_out(padded: NDArray[Any], out: NDArray[Any], step: int, gain: Any, read: Any) -> None:
    """Excess of every pixel over its second-nearest directional mean, in sigma of the noise.

    Parameters
    ----------
    padded : float32 array of shape (H + 2·step, W + 2·step)
        Signal above black in DN, continued inside each colour plane.
    out : float32 array of shape (H, W)
        Receives the excess: positive above, negative below, 0 in between.
    step : int
        Distance of same-colour neighbours: 2 for Bayer, 1 for mono.
    gain, read : float32
        The noise model: variance = gain · signal + read, DN².
    """
    for i in range(out.shape[0]):
        _row(padded[i], padded[i + step], padded[i + 2 * step], out[i], step, gain, read)
