"""A single-strip little-endian TIFF with any tags and an EXIF directory.

Reference: Adobe, TIFF Revision 6.0 (1992). tifffile writes neither an EXIF directory nor a LinearRaw
page of one sample, which a DNG needs; reading stays with tifffile.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from isp.io.tags import EXIF_IFD, PHOTOMETRIC

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _SRATIONAL, _DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
_HEADER: Final = 8
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True)
class Tag:
    """One entry of a directory: code, TIFF type, number of values, their little-endian bytes."""

    code: int
    kind: int
    count: int
    data: bytes

    @classmethod
    def octets(cls, code: int, *values: int) -> Tag:
        """BYTE values."""
        return cls(code, _BYTE, len(values), bytes(values))

    @classmethod
    def opaque(cls, code: int, data: bytes) -> Tag:
        """UNDEFINED bytes."""
        return cls(code, _UNDEFINED, len(data), data)

    @classmethod
    def text(cls, code: int, value: str) -> Tag:
        """ASCII text (other characters as ``?``)."""
        data = value.encode("ascii", "replace") + b"\0"
        return cls(code, _ASCII, len(data), data)

    @classmethod
    def shorts(cls, code: int, *values: int) -> Tag:
        """SHORT values."""
        return cls(code, _SHORT, len(values), struct.pack(f"<{len(values)}H", *values))

    @classmethod
    def longs(cls, code: int, *values: int) -> Tag:
        """LONG values."""
        return cls(code, _LONG, len(values), struct.pack(f"<{len(values)}I", *values))

    @classmethod
    def rationals(cls, code: int, values: Iterable[float], *, signed: bool = False) -> Tag:
        """RATIONAL or SRATIONAL values, each the nearest fraction of 31-bit integers."""
        pairs = [part for value in values for part in _ratio(value)]
        data = struct.pack(f"<{len(pairs)}{'i' if signed else 'I'}", *pairs)
        return cls(code, _SRATIONAL if signed else _RATIONAL, len(pairs) // 2, data)

    @classmethod
    def doubles(cls, code: int, *values: float) -> Tag:
        """DOUBLE values."""
        return cls(code, _DOUBLE, len(values), struct.pack(f"<{len(values)}d", *values))


def _ratio(value: float) -> tuple[int, int]:
    exact = Fraction(value)
    limit = _LARGEST if abs(exact) < 1 else max(1, int(_LARGEST / (abs(exact) + 1)))
    near = exact.limit_denominator(limit)
    return near.numerator, near.denominator


def write_tiff(
    path: Path, pixels: NDArray[Any], tags: Sequence[Tag], exif: Sequence[Tag] = ()
) -> None:
    """Write one page.

    Parameters
    ----------
    path : Path
        Where to; replaced where it is there.
    pixels : array of shape (H, W) or (H, W, S), uint8 or uint16
        Samples of the page.
    tags : sequence of Tag
        Tags beside those of the layout (size, bits, strip), photometric interpretation included.
    exif : sequence of Tag
        Entries of the EXIF directory, none where empty.
    """
    with path.open("wb") as file:
        _write_page(file, pixels, tags, exif)


def tiff_bytes(pixels: NDArray[Any]) -> bytes:
    """A grey page without further tags, as bytes."""
    buffer = io.BytesIO()
    _write_page(buffer, pixels, [Tag.shorts(PHOTOMETRIC, 1)], ())
    return buffer.getvalue()


def _write_page(
    file: BinaryIO, pixels: NDArray[Any], tags: Sequence[Tag], exif: Sequence[Tag]
) -> None:
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    page = [*_layout_tags(pixels, samples), *tags]
    if exif:
        page.append(Tag.longs(EXIF_IFD, 0))
    start = _HEADER + _directory_size(page)
    page = _pointing(page, EXIF_IFD, start) if exif else page
    data = start + (_directory_size(exif) if exif else 0)
    file.write(struct.pack("<2sHI", b"II", 42, _HEADER))
    _write_directory(file, _pointing(page, 273, data), _HEADER)
    if exif:
        _write_directory(file, exif, start)
    file.write(np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).data)


def _layout_tags(pixels: NDArray[Any], samples: int) -> list[Tag]:
    height, width = pixels.shape[:2]
    bits = 8 * pixels.dtype.itemsize
    return [
        Tag.longs(254, 0),
        Tag.longs(256, width),
        Tag.longs(257, height),
        Tag.shorts(258, *[bits] * samples),
        Tag.shorts(259, 1),
        Tag.longs(273, 0),
        Tag.shorts(277, samples),
        Tag.longs(278, height),
        Tag.longs(279, pixels.nbytes),
        Tag.shorts(284, 1),
    ]


def _pointing(tags: Sequence[Tag], code: int, offset: int) -> list[Tag]:
    return [Tag.longs(code, offset) if tag.code == code else tag for tag in tags]


def _outside(tag: Tag) -> int:
    """Bytes that a tag takes behind its directory, even."""
    return 0 if len(tag.data) <= 4 else len(tag.data) + len(tag.data) % 2


def _directory_size(tags: Sequence[Tag]) -> int:
    return 2 + 12 * len(tags) + 4 + sum(_outside(tag) for tag in tags)


def _write_directory(file: BinaryIO, tags: Sequence[Tag], at: int) -> None:
    ordered = sorted(tags, key=lambda tag: tag.code)
    behind = at + 2 + 12 * len(ordered) + 4
    file.write(struct.pack("<H", len(ordered)))
    for tag in ordered:
        outside = _outside(tag)
        value = struct.pack("<I", behind) if outside else tag.data.ljust(4, b"\0")
        file.write(struct.pack("<HHI", tag.code, tag.kind, tag.count) + value)
        behind += outside
    file.write(struct.pack("<I", 0))
    for tag in ordered:
        file.write(tag.data.ljust(_outside(tag), b"\0") if _outside(tag) else b"")
