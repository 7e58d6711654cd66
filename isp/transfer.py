"""The sRGB transfer function's inverse: from encoded levels back to light.

Reference: IEC 61966-2-1:1999.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def srgb_decoded(encoded: ArrayLike) -> NDArray[np.float64]:
    """Linear light of sRGB-encoded values, both 0 to 1, float64 of the input's shape."""
    value = np.clip(np.asarray(encoded, np.float64), 0.0, 1.0)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
