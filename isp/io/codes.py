"""Frames back on the code grid of a file: the last step before a mosaic is written."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.frame import RawFrame
from isp.levels import Levels

log = logging.getLogger(__name__)

_FEWEST_CODES = 8.0


def file_codes(frame: RawFrame) -> tuple[NDArray[Any], Levels]:
    """Codes as a file has them, and the levels that go with them.

    Parameters
    ----------
    frame : RawFrame
        Codes as read, or float32 DN with something taken off (``levels.subtracted``).

    Returns
    -------
    array of shape (H, W), uint8 or uint16
        Every value on the nearest code of the grid, within 0 and the saturation of its site.
    Levels
        Black, white and saturation of these codes; nothing subtracted.

    Raises
    ------
    FileError
        If the frame's range is a few codes only (normalised values are no DN).
    """
    levels = frame.levels
    if frame.mosaic.dtype.kind == "u":
        return frame.mosaic, levels
    if float((levels.white - levels.black).min()) < _FEWEST_CODES:
        raise FileError(
            f"The frame's values run from {levels.black.min():g} at black to"
            f" {levels.white.max():g} at white, so codes would hold next to nothing of them; write"
            " frames in DN, before they are normalised."
        )
    if levels.step_dn <= 0:
        log.warning("The frame has left the code grid of its file; rounded to whole DN.")
    offset = levels.subtracted
    whole = replace(
        levels,
        black_dn=Levels.of(levels.black + offset, levels.white + offset).black_dn,
        white_dn=Levels.of(0.0, levels.white + offset).white_dn,
        clip_dn=Levels.of(0.0, 1e9, levels.clip + offset).clip_dn,
        subtracted_dn=((0.0,),),
        step_dn=levels.step_dn if levels.step_dn > 0 else 1.0,
    ).on(frame.cfa)
    return _quantised(frame.mosaic, offset, whole), whole


def _quantised(
    mosaic: NDArray[np.float32], offset: NDArray[np.float64], levels: Levels
) -> NDArray[Any]:
    """round((value + offset) / step) · step within [0, clip], strip by strip."""
    step, shape = np.float32(levels.step_dn), mosaic.shape
    dtype = np.uint8 if levels.clip.max() <= 255 else np.uint16
    top = np.minimum(levels.clip, np.iinfo(dtype).max)
    out = np.empty(shape, dtype)
    strip = 64 * len(offset) * len(top)
    for start in range(0, shape[0], strip):
        part = mosaic[start : start + strip]
        values = part + _plane(offset, part.shape)
        if step != 1:
            values /= step
        np.rint(values, out=values)
        if step != 1:
            values *= step
        np.nan_to_num(values, copy=False)
        np.clip(values, 0, _plane(top, part.shape), out=values)
        out[start : start + strip] = values
    return out


def _plane(table: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A table over a strip; a single number where all sites have the same."""
    if (table == table[0, 0]).all():
        return np.asarray(table[0, 0], np.float32)
    return Levels.spread(table, (shape[0], shape[1]))
