"""No seam between what a network made and what was there.

A network that returns whole pictures is off by a little everywhere, and differently in each window. What
it is off by at the good pixels is known; interpolated into the hole and taken off, it leaves the detail
that the network drew and lets it join its surroundings.

References: P. Pérez, M. Gangnet, A. Blake, *Poisson image editing*, SIGGRAPH 2003 (the membrane that
joins two pictures); D. Shepard, *A two-dimensional interpolation function for irregularly-spaced data*,
ACM 1968 (the interpolation used for it here, as in Z. Farbman et al., *Convolution pyramids*, 2011).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel

Floats = NDArray[np.float32]
Places = tuple[NDArray[np.intp], ...]
"""Window, plane, row and column of each pixel asked for."""

REACH_PX: Final = 12
POWER: Final = 3.0


def carried(known: Floats, at: Places) -> Floats:
    """Values of known pixels, interpolated in each plane.

    Parameters
    ----------
    known : float32 array of shape (N, C, h, w)
        NaN for unknown pixels.
    at : four int arrays of shape (M,)
        Where to.

    Returns
    -------
    float32 array of shape (M,)
        0 where no pixel within reach is known.
    """
    out = np.zeros(len(at[0]), np.float32)
    _carry(known, np.asarray(at, np.intp), _weights(), out)
    return out


@cache
def _weights() -> NDArray[np.float64]:
    """Shepard's weights, a power of the distance, for one quarter of the neighbourhood."""
    offset = np.arange(REACH_PX + 1)
    return np.asarray(np.maximum(np.hypot(offset[:, None], offset), 1.0) ** -POWER)


@kernel()
def _carry(
    known: Floats,
    places: NDArray[np.intp],
    weights: NDArray[np.float64],
    out: Floats,
) -> None:
    height, width = known.shape[2:]
    reach = len(weights) - 1
    for k in range(len(out)):
        window, plane, row, col = places[:, k]
        here = known[window, plane]
        total = share = 0.0
        for i in range(max(row - reach, 0), min(row + reach + 1, height)):
            for j in range(max(col - reach, 0), min(col + reach + 1, width)):
                if here[i, j] == here[i, j]:  # a NaN is not
                    weight = weights[abs(i - row), abs(j - col)]
                    total += weight * here[i, j]
                    share += weight
        if share > 0.0:
            out[k] = total / share
