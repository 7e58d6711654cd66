"""First look of single-frame detection: which pixels stand out from their own colour at all.

Opposite same-colour neighbours give a mean in each of four directions. A pixel stands out where it is far
from the mean of the flattest direction (which runs along edges and away from a second defect), or to one
side of the means of at least three directions (so that a row of defects does not explain itself).
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
        steep_a, steep_b = abs(left[j] - far[j]), abs(up_mid[j] - low_mid[j])
        steep_c, steep_d = abs(up_left[j] - low_right[j]), abs(low_left[j] - up_right[j])
        straight = across if steep_a < steep_b else along
        slanted = falling if steep_c < steep_d else rising
        flattest = straight if lesser(steep_a, steep_b) < lesser(steep_c, steep_d) else slanted
        low_a, high_a = lesser(across, along), greater(across, along)
        low_b, high_b = lesser(falling, rising), greater(falling, rising)
        inner_a, inner_b = greater(low_a, low_b), lesser(high_a, high_b)
        second, third = lesser(inner_a, inner_b), greater(inner_a, inner_b)
        agreed = greater(second, zero) + lesser(third, zero)
        excess = flattest if abs(flattest) > abs(agreed) else agreed
        level = greater(value - excess, zero)
        out[j] = excess / sqrt(gain * level + read)


@kernel()
def standing_out(padded: NDArray[Any], out: NDArray[Any], step: int, gain: Any, read: Any) -> None:
    """Excess of every pixel over its same-colour surroundings, in sigma of the noise.

    Parameters
    ----------
    padded : float32 array of shape (H + 2·step, W + 2·step)
        Signal above black in DN, continued inside each colour plane.
    out : float32 array of shape (H, W)
        Receives the excess: positive above, negative below.
    step : int
        Distance of same-colour neighbours: 2 for Bayer, 1 for mono.
    gain, read : float32
        The noise model: variance = gain · signal + read, DN².
    """
    for i in range(out.shape[0]):
        _row(padded[i], padded[i + step], padded[i + 2 * step], out[i], step, gain, read)
