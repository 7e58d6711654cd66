"""Single-channel 8- and 16-bit PNG, PGM and TIFF files as mosaics."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.frame import RawFrame
from isp.io import dng_tags
from isp.io.guard import check_pixels, decoding
from isp.io.hints import ReadHints, to_frame
from isp.levels import Levels


def read_png(path: Path, hints: ReadHints) -> RawFrame:
    """Read a grey PNG as a mosaic; its CFA comes from the hints."""
    return to_frame(path, _one_channel(path, load_png(path)), hints)


def read_pgm(path: Path, hints: ReadHints) -> RawFrame:
    """Read a binary PGM (P5) as a mosaic: MAXVAL is the white level, the CFA comes from the hints."""
    with decoding(path, "PGM"):
        width, height, white, start = _pgm_header(path.read_bytes()[:4096])
        check_pixels(path, height, width)
        dtype = ">u2" if white > 255 else "u1"
        codes = np.fromfile(path, dtype, count=height * width, offset=start)
        mosaic = codes.reshape(height, width)
    levels = Levels.of(0.0, float(white)) if hints.bits is None else None
    return to_frame(path, mosaic, hints, levels=levels)


def read_tiff(path: Path, hints: ReadHints) -> RawFrame:
    """Read a single-channel TIFF as a mosaic; CFA and levels from its tags where it has any."""
    pixels, fields = load_tiff(path)
    return to_frame(path, _one_channel(path, pixels), hints, **fields)


def load_png(path: Path) -> NDArray[Any]:
    """The pixels of a PNG as stored (BGR where coloured), its checksums verified first.

    OpenCV gives a picture even where a PNG is cut short; the chunks tell.

    Raises
    ------
    FileError
        If the file is damaged or too large.
    """
    import cv2

    with decoding(path, "PNG"):
        width, height = _verified_png(path.read_bytes())
        check_pixels(path, height, width)
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise FileError(f"'{path}' cannot be read as PNG: its pixel data are damaged.")
    return np.asarray(pixels)


def load_tiff(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """The pixels of a TIFF's first page (RGB where coloured), and what its tags say of a mosaic.

    Raises
    ------
    FileError
        If the file is damaged or too large.
    """
    import tifffile

    with decoding(path, "TIFF"), tifffile.TiffFile(path) as tiff:
        page: Any = tiff.pages[0]
        check_pixels(path, page.imagelength, page.imagewidth * page.samplesperpixel)
        ends = [a + n for a, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
        if max(ends, default=0) > path.stat().st_size:
            raise ValueError("its pixel data end before they should")
        fields = dng_tags.mosaic_fields(path, page)
        try:
            return page.asarray(), fields
        except (ValueError, ImportError) as error:  # a compression that needs imagecodecs
            return _load_with_opencv(path, error), fields


def _load_with_opencv(path: Path, error: Exception) -> NDArray[Any]:
    import cv2

    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise error
    return np.asarray(pixels) if pixels.ndim == 2 else np.asarray(pixels[..., 2::-1])


def _one_channel(path: Path, pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == 3 and pixels.shape[2] > 1:
        raise FileError(
            f"'{path}' has {pixels.shape[2]} channels: it is a picture, not a mosaic. A mosaic has"
            " one channel."
        )
    return pixels


def _verified_png(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG whose every chunk is there and has its checksum."""
    width, height = struct.unpack(">II", data[16:24])
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(memoryview(data)[at + 4 : at + 8 + length]) != checksum:
            raise ValueError(f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        at += 12 + length
    return width, height


def _pgm_header(data: bytes) -> tuple[int, int, int, int]:
    """Width, height, MAXVAL and the offset of the first pixel."""
    numbers: list[int] = []
    at = 2
    while len(numbers) < 3:
        while data[at : at + 1].isspace():
            at += 1
        if data[at : at + 1] == b"#":
            at = data.index(b"\n", at) + 1
            continue
        end = at
        while data[end : end + 1].isdigit():
            end += 1
        numbers.append(int(data[at:end]))
        at = end
    if not 1 <= numbers[2] <= 65535:
        raise ValueError(f"MAXVAL is {numbers[2]}, not 1 to 65535")
    return numbers[0], numbers[1], numbers[2], at + 1
