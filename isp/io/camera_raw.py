"""Camera raw files and DNG: pixels through LibRaw, a DNG's own tags where LibRaw keeps less.

LibRaw moves an odd active area to even (and then lays a 2×2 table of blacks on the wrong sites),
folds black levels to four colours in whole DN and knows no 4×4 CFA; the DNG tags have all of it, so
they go before LibRaw's figures.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from isp.cfa import Cfa
from isp.errors import FileError, FrameError
from isp.frame import Area, Matrix3, RawFrame
from isp.io import dng_tags
from isp.io.cfa_codes import cfa_of_channels
from isp.io.guard import check_pixels, decoding
from isp.io.hints import ReadHints, to_frame
from isp.io.libraw_matrix import measured_camera_to_srgb
from isp.io.matrices import XYZ_TO_SRGB, as_matrix3
from isp.levels import Levels

log = logging.getLogger(__name__)

_ORIENTATION_OF_FLIP = (1, 2, 4, 3, 5, 8, 6, 7)
"""EXIF's number for LibRaw's flip: bit 0 mirrors columns, bit 1 rows, bit 2 swaps the two axes."""

_stderr_lock = threading.Lock()


def read(path: Path, hints: ReadHints) -> RawFrame:
    """Read a camera raw file or DNG.

    Raises
    ------
    FileError
        If LibRaw does not know the file, it is damaged, or it holds no mosaic.
    """
    dng_tags.check_complete(path)
    with _unpacked(path) as raw:
        mosaic = np.array(raw.raw_image)
        fields = _fields(path, raw)
    with decoding(path, "DNG tags"):
        said = dng_tags.fields(path, mosaic.shape)
    if fields["camera_matrix"] is None and "camera_matrix" not in said:
        fields["camera_matrix"] = _built_in_matrix(path)
    fields.update(said)
    if "levels" not in fields:
        raise FileError(f"'{path}' is damaged: LibRaw finds a black level above its white level.")
    if fields.pop("bits", 16) == 8 and mosaic.max() <= 255:
        mosaic = mosaic.astype(np.uint8)
    return to_frame(path, mosaic, hints, **fields)


def refuse_stack(path: Path) -> None:
    """Raise `FileError` where LibRaw knows the file as a camera's that has no mosaic."""
    try:
        with _unpacked(path):
            return
    except FileError as error:
        if isinstance(error, NotMosaicError):
            raise


class NotMosaicError(FileError):
    """The file is whole, but not a mosaic."""


@contextmanager
def _unpacked(path: Path) -> Iterator[Any]:
    """The file opened and unpacked by LibRaw, checked to be a mosaic."""
    import rawpy

    with rawpy.RawPy() as raw:
        with _libraw_errors(path, rawpy), _quiet_stderr():
            raw.open_file(str(path))
            check_pixels(path, raw.sizes.raw_height, raw.sizes.raw_width)
            raw.unpack()
        mono = raw.num_colors == 1
        if raw.raw_type != rawpy.RawType.Flat or (raw.raw_pattern is None and not mono):
            raise NotMosaicError(
                f"'{path}' is not a mosaic: it holds several values per pixel (a linear DNG, YRGB"
                " or a layered sensor), so there are no single raw pixels to damage or correct;"
                " give the camera's original raw file."
            )
        yield raw


@contextmanager
def _libraw_errors(path: Path, rawpy: Any) -> Iterator[None]:
    try:
        yield
    except rawpy.LibRawFileUnsupportedError:
        raise FileError(
            f"'{path}' is not a raw file that LibRaw {_version(rawpy)} knows. Headerless data need"
            " --size, --bits and --cfa."
        ) from None
    except rawpy.LibRawError as error:
        said = error.args[0] if error.args else ""
        said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise FileError(
            f"'{path}' is a damaged or cut-short raw file, or one without raw pixels (LibRaw:"
            f" {said.lower() or 'error'})."
        ) from None


def _version(rawpy: Any) -> str:
    return ".".join(str(part) for part in rawpy.libraw_version)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep LibRaw's own lines off the terminal; the error raised says all of it."""
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:  # no standard error to keep clean
            yield
            return
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(sink)


def _fields(path: Path, raw: Any) -> dict[str, Any]:
    """What LibRaw knows of the frame, as fields of `to_frame`."""
    block = _colour_indices(raw)
    fields: dict[str, Any] = {
        "cfa": _cfa(path, raw, block),
        "exposure_s": _positive(raw.other.shutter_speed),
        "gain": _positive(raw.other.iso_speed),
        "camera_matrix": _matrix(raw),
        "orientation": _ORIENTATION_OF_FLIP[raw.sizes.flip & 7],
    }
    area = Area(raw.sizes.top_margin, raw.sizes.left_margin, raw.sizes.height, raw.sizes.width)
    if area.inside(raw.raw_image.shape):
        fields["active_area"] = area
    black = np.asarray(raw.black_level_per_channel, np.float64)[np.asarray(block)]
    with suppress(FrameError):  # measured in a damaged masked border; tags may still say them
        fields["levels"] = Levels.of(black, float(raw.white_level))
    gains = np.asarray(raw.camera_whitebalance[:3], np.float64)
    if np.isfinite(gains).all() and (gains > 0).all():
        fields["white_balance"] = tuple(float(gain) for gain in gains / gains[1])
    return fields


def _colour_indices(raw: Any) -> list[list[int]]:
    """LibRaw's colour index of each site of one period, from the top-left of the raw frame."""
    if raw.num_colors == 1:
        return [[0]]
    rows, cols = raw.raw_pattern.shape
    return [[raw.raw_color(row, col) for col in range(cols)] for row in range(rows)]


def _cfa(path: Path, raw: Any, block: list[list[int]]) -> Cfa:
    if raw.num_colors == 1:
        return Cfa.parse("MONO")
    letters = raw.color_desc.decode("ascii", "replace")
    try:
        return cfa_of_channels([["RGB".index(letters[index]) for index in row] for row in block])
    except (ValueError, IndexError, FrameError):
        raise NotMosaicError(
            f"'{path}' has the colour filters {letters}; only red, green and blue ones (or none)"
            " are supported."
        ) from None


def _matrix(raw: Any) -> Matrix3 | None:
    """XYZ to camera: LibRaw's table, else the inverse of its camera-to-sRGB matrix."""
    matrix = np.asarray(raw.rgb_xyz_matrix, np.float64)[:3]
    if not matrix.any():
        to_srgb = np.asarray(raw.color_matrix, np.float64)[:, :3]
        if abs(np.linalg.det(to_srgb)) < 1e-9:
            return None
        matrix = np.linalg.inv(to_srgb) @ XYZ_TO_SRGB
    return as_matrix3(matrix)


def _built_in_matrix(path: Path) -> Matrix3 | None:
    """XYZ to camera for a camera whose matrix LibRaw has but does not tell."""
    with _unpacked(path) as raw:  # opened anew, for rendering changes what LibRaw says of the file
        if raw.num_colors != 3:
            return None
        to_srgb = measured_camera_to_srgb(raw)
    return None if to_srgb is None else as_matrix3(np.linalg.inv(to_srgb) @ XYZ_TO_SRGB)


def _positive(value: float) -> float | None:
    """Cameras write 0 for an unknown exposure or ISO speed."""
    return float(value) if np.isfinite(value) and value > 0 else None
