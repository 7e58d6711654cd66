"""Photographs in: what mosaics are made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.io.guard import check_file, decoding, head
from isp.io.images import load_png, load_tiff

_JPEG, _PNG, _TIFF = b"\xff\xd8\xff", b"\x89PNG", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_NAMES = ("", ".jpg", ".jpeg", ".jpe", ".jfif")


def read_photograph(path: Path | str) -> NDArray[np.float32]:
    """Read an 8- or 16-bit PNG, JPEG or TIFF photograph.

    Parameters
    ----------
    path : path
        The file; a grey one gets three equal channels, transparency is dropped.

    Returns
    -------
    float32 array of shape (H, W, 3)
        sRGB-encoded R, G, B from 0 to 1.

    Raises
    ------
    FileError
        If the file is missing, damaged, too large or no photograph.
    """
    file = check_file(path)
    start = head(file, 4)
    if start[:4] == _PNG:
        pixels = _rgb(load_png(file))
    elif start[:3] == _JPEG:
        pixels = _rgb(_load_jpeg(file))
    elif start[:4] in _TIFF:
        pixels = load_tiff(file)[0]
    else:
        raise FileError(f"'{file}' is no photograph; give a PNG, JPEG or TIFF file.")
    return _normalised(file, pixels)


def _load_jpeg(path: Path) -> NDArray[Any]:
    """Decode a JPEG, turned upright; OpenCV fills what a cut one lacks, so its end is looked for."""
    import cv2

    with decoding(path, "JPEG"):
        data = np.fromfile(path, np.uint8)
        if data[-65536:].tobytes().rfind(b"\xff\xd9") < 0:
            raise ValueError("it ends before its picture does")
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileError(f"'{path}' cannot be read as JPEG: its data are damaged.")
    return np.asarray(pixels)


def _rgb(pixels: NDArray[Any]) -> NDArray[Any]:
    """OpenCV's blue, green, red (and alpha) as red, green, blue; grey as it is."""
    return pixels if pixels.ndim == 2 else pixels[..., 2::-1]


def _normalised(path: Path, pixels: NDArray[Any]) -> NDArray[np.float32]:
    if pixels.dtype.kind != "u" or pixels.dtype.itemsize > 2 or pixels.ndim not in (2, 3):
        raise FileError(
            f"'{path}' holds {pixels.dtype} values of shape {pixels.shape}; a photograph is an 8- or"
            " 16-bit picture."
        )
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    planes = planes[..., :3] if planes.shape[2] >= 3 else planes[..., :1]
    scaled = planes.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return np.ascontiguousarray(np.broadcast_to(scaled, (*scaled.shape[:2], 3)))


def is_photograph(path: Path | str) -> bool:
    """Whether a file holds a colour picture (PNG, JPEG or TIFF) rather than a mosaic."""
    file = check_file(path)
    start = head(file, 32)
    if start[:4] == _PNG:
        return start[25:26] in (b"\x02", b"\x03", b"\x06")  # colour types RGB, palette, RGBA
    if start[:3] == _JPEG:  # by another name it is what was left of a camera's file: its preview
        return file.suffix.lower() in _JPEG_NAMES
    return start[:4] in _TIFF and _is_colour_tiff(file)


def _is_colour_tiff(path: Path) -> bool:
    """A TIFF by name and content whose first page is RGB: camera files are TIFFs with thumbnails."""
    import tifffile

    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            camera = {"DNGVersion", "CFAPattern", "SubIFDs"} & {tag.name for tag in page.tags}
            return bool(page.photometric == tifffile.PHOTOMETRIC.RGB and not camera)
    except Exception:  # what cannot be opened is judged by the reader it goes to
        return False
