"""What the finder sees of a mosaic: contrast at any exposure, and outliers in units of the noise.

Planes 0 to 3 hold the logarithm of the white-balanced level, packed to the four sites of the Bayer cell
from a red site on: a change of exposure is a shift. Planes 4 to 7 hold how far each pixel stands out from
its own colour (`stages.kernels.outliers`), squashed. What lies outside the frame is 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel

CHANNELS = 8
ALIGN = 4
"""Raw pixels that a view's sides are multiples of: one of the network's widest positions."""

_FLOOR = 0.004
_MIDDLE = 2.0
_SQUASH = 3.0

Floats = NDArray[np.float32]


@kernel()
def pack(levels: Floats, excess: Floats, top: int, left: int, features: Floats) -> None:
    """Write a view of white-balanced levels and their excess.

    Parameters
    ----------
    levels, excess : float32 arrays of shape (H, W)
        Levels (1 at white) and excess in sigma.
    top, left : int
        0 or 1: rows and columns outside the frame with which the view begins, so that its first site
        is a red one.
    features : float32 array of shape (H', W', CHANNELS), written
        Half the aligned size of the view; places outside the frame get 0.
    """
    height, width = levels.shape
    for i in range(features.shape[0]):
        for j in range(features.shape[1]):
            for site in range(4):
                y, x = 2 * i + (site >> 1) - top, 2 * j + (site & 1) - left
                code, out = 0.0, 0.0
                if 0 <= y < height and 0 <= x < width:
                    code = 0.5 * math.log2(max(levels[y, x], 0.0) + _FLOOR) + _MIDDLE
                    out = math.log1p(abs(excess[y, x]) / _SQUASH)
                    out = out if excess[y, x] >= 0.0 else -out
                features[i, j, site] = code
                features[i, j, 4 + site] = out
