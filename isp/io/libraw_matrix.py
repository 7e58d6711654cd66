"""The camera matrix that LibRaw has built in for some cameras and whose values its API keeps back."""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

_USABLE: Final = (500, 60000)  # codes neither clipped nor coarse, of 65535
_FEWEST_SAMPLES: Final = 1000
_WORST_CODE: Final = 16.0  # a straight map between two roundings misses by about 2


def measured_camera_to_srgb(raw: Any) -> NDArray[np.float64] | None:
    """Camera RGB to linear sRGB, from LibRaw's own rendering of a file in both.

    Parameters
    ----------
    raw : rawpy.RawPy
        An unpacked three-colour mosaic.

    Returns
    -------
    float64 array of shape (3, 3), or None
        None where LibRaw leaves the colours as they are (it knows no matrix either), where the file
        has too few well-exposed pixels, or where no matrix explains the rendering.
    """
    import rawpy

    camera = _rendered(raw, rawpy.ColorSpace.raw)
    srgb = _rendered(raw, rawpy.ColorSpace.sRGB)
    both = np.concatenate((camera, srgb), axis=1)
    usable = (both.min(axis=1) > _USABLE[0]) & (both.max(axis=1) < _USABLE[1])
    if usable.sum() < _FEWEST_SAMPLES:
        log.debug("too few well-exposed pixels to measure LibRaw's camera matrix")
        return None
    matrix = np.linalg.lstsq(camera[usable], srgb[usable], rcond=None)[0].T
    miss = float(np.abs(camera[usable] @ matrix.T - srgb[usable]).max())
    if miss > _WORST_CODE or np.allclose(matrix, np.eye(3), atol=1e-3):
        return None
    return np.asarray(matrix, np.float64)


def _rendered(raw: Any, space: Any) -> NDArray[np.float64]:
    """LibRaw's linear half-size rendering without white balance, (pixels, 3) codes."""
    picture = raw.postprocess(
        output_color=space,
        half_size=True,
        user_wb=[1.0, 1.0, 1.0, 1.0],
        no_auto_bright=True,
        adjust_maximum_thr=0.0,
        gamma=(1, 1),
        output_bps=16,
    )
    return np.asarray(picture.reshape(-1, 3), np.float64)
