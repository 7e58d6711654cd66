"""DNG opcodes 4 and 5, FixBadPixelsConstant and FixBadPixelsList, as OpcodeList1 holds them.

Reference: Adobe, Digital Negative (DNG) Specification, version 1.7.1 (2023), chapter 7. Numbers are
big-endian whatever the file's byte order; positions count from the top-left of the raw frame as
stored; a rectangle's bottom and right are the first row and column outside. BayerPhase: 0 where the
top-left pixel is green in a red row, 1 red, 2 blue, 3 green in a blue row.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.frame import RawFrame
from isp.io import dng_tags
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import MapSource, read_bytes

log = logging.getLogger(__name__)

CONSTANT: Final = 4
LIST: Final = 5
_VERSION: Final = 0x01030000
_OPTIONAL: Final = 1
_KNOWN_OPCODES: Final = range(1, 15)
_PHASES: Final = ("GRBG", "RGGB", "BGGR", "GBRG")
_TIFF: Final = (b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class Opcode:
    """One opcode: its number, the DNG version it asks for, its flags and its data."""

    number: int
    version: int
    flags: int
    data: bytes


def encode(defects: DefectMap) -> bytes:
    """The map as an OpcodeList1 of one FixBadPixelsList; row and column faults are rectangles.

    Raises
    ------
    MapError
        If the map's CFA is not known.
    """
    points, rectangles = _split(defects)
    data = struct.pack(">3I", _phase(defects.cfa), len(points), len(rectangles))
    data += points.astype(">i4").tobytes() + rectangles.astype(">i4").tobytes()
    return encode_list([Opcode(LIST, _VERSION, _OPTIONAL, data)])


def encode_constant(constant: int, cfa: Cfa | None) -> bytes:
    """An OpcodeList1 of one FixBadPixelsConstant: every pixel with this code is bad."""
    data = struct.pack(">2I", constant, _phase(cfa))
    return encode_list([Opcode(CONSTANT, _VERSION, _OPTIONAL, data)])


def encode_list(opcodes: list[Opcode]) -> bytes:
    """Opcodes as the bytes of a list."""
    parts = [struct.pack(">I", len(opcodes))]
    for one in opcodes:
        parts.append(struct.pack(">4I", one.number, one.version, one.flags, len(one.data)))
        parts.append(one.data)
    return b"".join(parts)


def decode_list(data: bytes) -> list[Opcode]:
    """The opcodes of a list.

    Raises
    ------
    MapError
        If a count or length is more than there are bytes, or bytes are left over.
    """
    if len(data) < 4:
        raise MapError(f"An opcode list has at least 4 bytes; this one has {len(data)}.")
    (count,) = struct.unpack_from(">I", data)
    opcodes, at = [], 4
    for index in range(count):
        if at + 16 > len(data):
            raise MapError(f"The opcode list says {count} opcodes and ends after {index}.")
        number, version, flags, size = struct.unpack_from(">4I", data, at)
        at += 16
        if size > len(data) - at:
            raise MapError(
                f"Opcode {index} (number {number}) says {size} bytes; {len(data) - at} are left."
            )
        opcodes.append(Opcode(number, version, flags, data[at : at + size]))
        at += size
    if at != len(data):
        raise MapError(f"{len(data) - at} bytes are left behind the last of {count} opcodes.")
    return opcodes


def recognise(path: Path, start: bytes) -> bool:
    """A DNG, or a bare list: a small count, then the head of a known opcode."""
    if start[:4] in _TIFF:
        return dng_tags.is_dng(path)
    if start == b"\0\0\0\0":
        return True
    if len(start) < 12:
        return False
    count, number, version = struct.unpack_from(">3I", start)
    return 0 < count <= 1024 and number in _KNOWN_OPCODES and version >> 24 == 1


def load(source: MapSource) -> DefectMap:
    """Read the bad pixels of a DNG's OpcodeList1 or of a bare list.

    Raises
    ------
    MapError
        If there is no list, it is broken, or it is for another frame.
    """
    source = _with_frame(source)
    try:
        opcodes = decode_list(_list_bytes(source.path))
    except MapError as error:
        raise MapError(f"'{source.path}': {error}") from None
    geometry = source.known_geometry()
    rows, cols = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for one in opcodes:
        if one.number not in (CONSTANT, LIST):
            log.info("%s: opcode %d marks no bad pixels; skipped.", source.path, one.number)
            continue
        read = _constant if one.number == CONSTANT else _listed
        r, c = read(source, one.data, geometry)
        rows.append(r)
        cols.append(c)
    return source.build(np.concatenate(rows), np.concatenate(cols), geometry, active=False)


def _with_frame(source: MapSource) -> MapSource:
    """A DNG is its own frame."""
    from isp.io.guard import head

    if head(source.path, 4) not in _TIFF:
        return source
    from isp.io.frames import read

    frame = read(source.path)
    geometry = Geometry.of(frame)
    if source.geometry is not None and geometry is not None:
        source.geometry.check(geometry, str(source.path))
    return replace(source, frame=frame, geometry=geometry)


def _list_bytes(path: Path) -> bytes:
    from isp.io.guard import head

    if head(path, 4) not in _TIFF:
        return read_bytes(path)
    data = dng_tags.opcode_list_1(path)
    if data is None:
        raise MapError("this DNG has no OpcodeList1, so it marks no bad pixels.")
    return data


def _constant(
    source: MapSource, data: bytes, geometry: Geometry
) -> tuple[NDArray[Any], NDArray[Any]]:
    if len(data) != 8:
        raise MapError(f"'{source.path}': FixBadPixelsConstant has 8 bytes, not {len(data)}.")
    constant, phase = struct.unpack(">2I", data)
    _check_phase(source.path, phase, geometry)
    frame: RawFrame | None = source.frame
    if frame is None or frame.mosaic.dtype.kind != "u":
        raise MapError(
            f"'{source.path}' marks every pixel with the code {constant}; give the raw frame, as"
            " read, to find them in."
        )
    rows, cols = np.nonzero(frame.mosaic == constant)
    return rows, cols


def _listed(
    source: MapSource, data: bytes, geometry: Geometry
) -> tuple[NDArray[Any], NDArray[Any]]:
    if len(data) < 12:
        raise MapError(f"'{source.path}': FixBadPixelsList has 12 bytes or more, not {len(data)}.")
    phase, points, rectangles = struct.unpack_from(">3I", data)
    if len(data) != 12 + 8 * points + 16 * rectangles:
        raise MapError(
            f"'{source.path}': FixBadPixelsList says {points} points and {rectangles} rectangles,"
            f" {12 + 8 * points + 16 * rectangles} bytes; it has {len(data)}."
        )
    _check_phase(source.path, phase, geometry)
    pairs = np.frombuffer(data, ">i4", 2 * points, 12).reshape(-1, 2).astype(np.int64)
    boxes = np.frombuffer(data, ">i4", 4 * rectangles, 12 + 8 * points).reshape(-1, 4)
    rows, cols = _filled(source.path, boxes.astype(np.int64), geometry)
    return np.concatenate([pairs[:, 0], rows]), np.concatenate([pairs[:, 1], cols])


def _filled(
    path: Path, boxes: NDArray[np.int64], geometry: Geometry
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Every pixel of the rectangles; refuses what would be more than the frame itself."""
    height, width = geometry.shape
    top, left, bottom, right = boxes.T if len(boxes) else np.zeros((4, 0), np.int64)
    wrong = (top < 0) | (left < 0) | (bottom > height) | (right > width)
    wrong |= (top >= bottom) | (left >= right)
    if wrong.any():
        raise MapError(
            f"'{path}': {len(boxes)} rectangles read, {int(wrong.sum())} empty or outside the frame"
            f" of {height}×{width}, the first {boxes[np.argmax(wrong)].tolist()}."
        )
    if int(((bottom - top) * (right - left)).sum()) > height * width:
        raise MapError(f"'{path}': its rectangles cover more pixels than the frame has.")
    mask = np.zeros(geometry.shape if len(boxes) else (1, 1), np.bool_)
    for t, x, b, r in boxes.tolist():
        mask[t:b, x:r] = True
    rows, cols = np.nonzero(mask)
    return rows, cols


def _phase(cfa: Cfa | None) -> int:
    """BayerPhase of a CFA; 0, which says nothing, for sensors that are no Bayer array."""
    if cfa is None:
        raise MapError(
            "A DNG opcode says where red, green and blue are, and this map does not know; give the"
            " raw frame that it belongs to."
        )
    return _PHASES.index(cfa.name) if cfa.name in _PHASES else 0


def _check_phase(path: Path, phase: int, geometry: Geometry) -> None:
    if phase >= len(_PHASES):
        raise MapError(f"'{path}': BayerPhase is 0 to 3, not {phase}.")
    cfa = geometry.cfa
    if cfa is not None and cfa.is_bayer and cfa.name != _PHASES[phase]:
        raise MapError(
            f"'{path}' is for a {_PHASES[phase]} frame (BayerPhase {phase}); this frame is"
            f" {cfa.name}. Use the map of this sensor."
        )


def _split(defects: DefectMap) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points (row, col) and rectangles (top, left, bottom, right) of a map."""
    rows, cols = defects.rows.astype(np.int64), defects.cols.astype(np.int64)
    in_row, in_col = defects.kind == DefectKind.ROW, defects.kind == DefectKind.COLUMN
    single = ~(in_row | in_col)
    across = [(row, a, row + 1, b) for row, a, b in _runs(rows[in_row], cols[in_row])]
    down = [(a, col, b, col + 1) for col, a, b in _runs(cols[in_col], rows[in_col])]
    boxes = np.asarray(sorted(across + down), np.int64).reshape(-1, 4)
    return np.stack([rows[single], cols[single]], axis=1), boxes


def _runs(lines: NDArray[np.int64], along: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Runs without a gap: (line, first, one past the last)."""
    if not len(lines):
        return []
    order = np.lexsort((along, lines))
    line, at = lines[order], along[order]
    breaks = np.flatnonzero((np.diff(line) != 0) | (np.diff(at) != 1)) + 1
    starts, ends = np.r_[0, breaks], np.r_[breaks, len(line)] - 1
    return [(int(line[i]), int(at[i]), int(at[j]) + 1) for i, j in zip(starts, ends, strict=True)]
