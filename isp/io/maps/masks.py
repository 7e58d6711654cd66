"""Masks: pictures and arrays of the frame's size, 0 where good."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.errors import FileError, MapError
from isp.io import npy
from isp.io.guard import PIXEL_LIMIT
from isp.io.images import load_png, load_tiff
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import MapSource
from isp.io.tiff_out import tiff_bytes

_MOST_VALUES = 32
_BAD = 255
_TIFF = (b"II*\0", b"MM\0*")


def encode_png(defects: DefectMap) -> bytes:
    """A grey 8-bit PNG: 255 where bad."""
    import cv2

    _, data = cv2.imencode(".png", _painted(defects))
    return data.tobytes()


def encode_tiff(defects: DefectMap) -> bytes:
    """A grey 8-bit TIFF: 255 where bad."""
    return tiff_bytes(_painted(defects))


def encode_npy(defects: DefectMap) -> bytes:
    """A bool array: True where bad."""
    buffer = io.BytesIO()
    np.save(buffer, defects.mask(), allow_pickle=False)
    return buffer.getvalue()


def _painted(defects: DefectMap) -> NDArray[np.uint8]:
    return defects.mask().astype(np.uint8) * np.uint8(_BAD)


def recognise_png(path: Path, start: bytes) -> bool:
    """A PNG."""
    return start.startswith(b"\x89PNG\r\n\x1a\n")


def recognise_tiff(path: Path, start: bytes) -> bool:
    """A TIFF that is no DNG."""
    from isp.io.dng_tags import is_dng

    return start[:4] in _TIFF and not is_dng(path)


def recognise_npy(path: Path, start: bytes) -> bool:
    """A NumPy file."""
    return start.startswith(b"\x93NUMPY")


def load_png_mask(source: MapSource) -> DefectMap:
    """Read a PNG mask."""
    return _marked(source, load_png(source.path))


def load_tiff_mask(source: MapSource) -> DefectMap:
    """Read a TIFF mask."""
    return _marked(source, load_tiff(source.path)[0])


def load_npy_mask(source: MapSource) -> DefectMap:
    """Read a .npy mask (bool or integers)."""
    try:
        return _marked(source, npy.load(source.path))
    except FileError as error:
        raise MapError(str(error)) from None


def _marked(source: MapSource, mask: NDArray[Any]) -> DefectMap:
    """The pixels of a mask that are not 0; a mask of the active area's size is laid there."""
    _check_mask(source.path, mask)
    geometry = source.geometry or Geometry.whole((int(mask.shape[0]), int(mask.shape[1])))
    area = geometry.active_area
    active = mask.shape != geometry.shape and mask.shape == (area.height, area.width)
    if mask.shape != geometry.shape and not active:
        raise MapError(
            f"The mask '{source.path}' is {mask.shape[0]}×{mask.shape[1]} pixels; the frame is"
            f" {geometry.describe()}."
        )
    rows, cols = np.nonzero(mask)
    return source.build(rows, cols, geometry, active=active)


def _check_mask(path: Path, mask: NDArray[Any]) -> None:
    if mask.ndim != 2 or mask.dtype.kind not in "bui" or not 0 < mask.size <= PIXEL_LIMIT:
        raise MapError(
            f"'{path}' holds {mask.dtype} values of shape {mask.shape}; a mask has one channel and"
            " whole numbers, 0 where a pixel is good."
        )
    if mask.dtype.kind != "b" and len(_values(mask)) > _MOST_VALUES:
        raise MapError(
            f"'{path}' holds more than {_MOST_VALUES} different values: that is a picture or a dark"
            " frame, not a mask. A mask is 0 where a pixel is good."
        )


def _values(mask: NDArray[Any]) -> set[int]:
    """Different values, found block by block and only until there are too many."""
    seen: set[int] = set()
    for start in range(0, mask.shape[0], 64):
        block = mask[start : start + 64]
        if block.any():  # most of a mask is good
            seen.update(np.unique(block).tolist())
        if len(seen) > _MOST_VALUES:
            break
    return seen
