"""The sRGB transfer function and its inverse: between light and encoded levels.

Reference: IEC 61966-2-1:1999.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def srgb_encoded(linear: ArrayLike) -> NDArray[np.float64]:
    """sRGB-encoded levels of linear light, both 0 to 1 (clipped), float64 of the input's shape."""
    light = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def srgb_decoded(encoded: ArrayLike) -> NDArray[np.float64]:
    """Linear light of sRGB-encoded values, both 0 to 1, float64 of the input's shape."""
    value = np.clip(np.asarray(encoded, np.float64), 0.0, 1.0)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
