"""Raw dumps without a header: 8-bit, 16-bit little-endian, and MIPI CSI-2 packed 10 and 12 bit.

Source of the packed layouts: MIPI Alliance, Specification for Camera Serial Interface 2 (CSI-2),
RAW10 and RAW12; the same as V4L2's ``pBAA`` and ``pBCC`` formats.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.frame import RawFrame
from isp.io.guard import check_pixels, decoding
from isp.io.hints import ReadHints, to_frame

log = logging.getLogger(__name__)


def read(path: Path, hints: ReadHints) -> RawFrame:
    """Read a dump by its given size, bits and CFA.

    Raises
    ------
    FileError
        If one of the three is not given, or the file's size is not that of such a frame.
    """
    missing = [
        flag
        for flag, value in (
            ("--size WxH", hints.size),
            ("--bits N", hints.bits),
            ("--cfa NAME", hints.cfa),
        )
        if value is None
    ]
    if hints.size is None or hints.bits is None or missing:
        _refuse_known_stack(path)
        raise FileError(
            f"'{path}' has no header that says what it holds; describe it with"
            f" {', '.join(missing)}."
        )
    width, height = hints.size
    check_pixels(path, height, width)
    with decoding(path, "headerless raw"):
        data = np.fromfile(path, np.uint8)
    return to_frame(path, _codes(path, data, (height, width), hints.bits), hints)


def _refuse_known_stack(path: Path) -> None:
    """LibRaw tells a few cameras by the file's size alone; say so where one has no mosaic."""
    from isp.io import camera_raw

    camera_raw.refuse_stack(path)


def _codes(path: Path, data: NDArray[np.uint8], shape: tuple[int, int], bits: int) -> NDArray[Any]:
    height, width = shape
    plain = height * width * (1 if bits <= 8 else 2)
    if data.size == plain:
        return data.reshape(shape) if bits <= 8 else data.view("<u2").reshape(shape)
    packed = _packed_row_bytes(width, bits)
    if packed and data.size == height * packed:
        log.info("%s: taken as MIPI CSI-2 packed %d bit, by its size.", path, bits)
        return _unpacked(data.reshape(height, packed), width, bits)
    also = f" (or {height * packed} packed)" if packed else ""
    raise FileError(
        f"'{path}' has {data.size} bytes; {width}×{height} pixels of {bits} bits take"
        f" {plain}{also}. Check --size and --bits."
    )


def _packed_row_bytes(width: int, bits: int) -> int:
    """Bytes of a MIPI packed row, 0 where this width and depth cannot be packed."""
    group = {10: 4, 12: 2}.get(bits)
    return width * bits // 8 if group and width % group == 0 else 0


def _unpacked(rows: NDArray[np.uint8], width: int, bits: int) -> NDArray[np.uint16]:
    """Groups of high bytes, followed by one byte with the low bits of all, first pixel lowest."""
    group, low = (4, 2) if bits == 10 else (2, 4)
    packs = rows.reshape(len(rows), -1, group + 1).astype(np.uint16)
    shifts = np.arange(group, dtype=np.uint16) * low
    lows = (packs[..., group:] >> shifts) & np.uint16((1 << low) - 1)
    return ((packs[..., :group] << np.uint16(low)) | lows).reshape(len(rows), width)
