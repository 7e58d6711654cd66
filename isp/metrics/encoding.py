"""Mosaics as a viewer would see them: white balanced, clipped to one white, sRGB-encoded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.levels import Levels
from isp.transfer import srgb_encoded


def encoded_mosaic(frame: RawFrame, mosaic: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """A mosaic as sRGB-encoded, white-balanced levels, clipped to one common white.

    Parameters
    ----------
    frame : RawFrame
        Gives levels, CFA and the white-balance gains that are still to be applied.
    mosaic : array of shape (H, W), optional
        Other pixel values in the frame's DN domain; the frame's own where not given.

    Returns
    -------
    float64 array of shape (H, W)
        0 .. 1.
    """
    values = frame.mosaic if mosaic is None else mosaic
    linear = frame.levels.normalise(values).astype(np.float64)
    return srgb_encoded(linear * Levels.spread(frame.meta.site_gains(), frame.shape))


def code_variance(frame: RawFrame, step_dn: float) -> NDArray[np.float64]:
    """What a step of the code grid leaves open of each encoded level: its quantisation noise.

    Parameters
    ----------
    frame : RawFrame
        The levels in question, on the grid or before it.
    step_dn : float
        Distance of two codes; 0 where there is no grid.

    Returns
    -------
    float64 array of shape (H, W)
        Variance of the encoded level: a twelfth of the square of what a step changes (EMVA 1288).
    """
    mosaic, half = frame.mosaic.astype(np.float64), 0.5 * step_dn
    low, high = encoded_mosaic(frame, mosaic - half), encoded_mosaic(frame, mosaic + half)
    return np.asarray((high - low) ** 2 / 12.0)


def saturated(frame: RawFrame) -> NDArray[np.bool_]:
    """Where a frame's pixels are at their saturation level, bool (H, W)."""
    return np.asarray(frame.mosaic >= Levels.spread(frame.levels.clip, frame.shape), np.bool_)
