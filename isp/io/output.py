"""`isp.write`: a frame or a picture into the format that the suffix names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import numpy as np

from isp.errors import FileError
from isp.files import atomic
from isp.frame import RawFrame, RgbFrame
from isp.io import dng, pictures
from isp.io.codes import file_codes


def write(
    path: Path | str,
    frame: RawFrame | RgbFrame,
    *,
    force: bool = False,
    bits: Literal[8, 16] | None = None,
    opcode_list1: bytes | None = None,
) -> None:
    """Write a frame; the file appears whole or not at all.

    Parameters
    ----------
    path : path
        Mosaics: ``.dng``, ``.tif``/``.tiff``, ``.png`` (grey), ``.npy``. Pictures: ``.png``,
        ``.tif``/``.tiff``, ``.npy``; of a picture PNG and TIFF hold the active area.
    frame : RawFrame or RgbFrame
        A float32 mosaic is moved back to the codes of its file; a float32 picture runs from 0 to 1.
    force : bool
        Replace a file that is there.
    bits : 8 or 16, optional
        Depth of a picture; by default its own, and for float32 8 in PNG and 16 in TIFF.
    opcode_list1 : bytes, optional
        OpcodeList1 of a DNG: see `isp.io.maps.opcodes`.

    Raises
    ------
    FileError
        If the suffix names no format for this kind of frame, the file is there, or the place cannot
        be written to.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    kind: Literal["mosaic", "picture"] = "mosaic" if isinstance(frame, RawFrame) else "picture"
    check_suffix(target, kind)
    if opcode_list1 is not None and (suffix != ".dng" or kind != "mosaic"):
        raise FileError(f"Only a DNG holds opcodes; '{target}' is none.")
    with atomic(target, force=force) as temporary:
        if isinstance(frame, RawFrame):
            _MOSAIC[suffix](temporary, frame, opcode_list1)
        else:
            _PICTURE[suffix](temporary, frame, bits)


def check_suffix(path: Path, kind: Literal["mosaic", "picture"]) -> None:
    """Raise `FileError` where a path's suffix names no format for this kind of frame."""
    table = _MOSAIC if kind == "mosaic" else _PICTURE
    if path.suffix.lower() not in table:
        raise FileError(
            f"'{path}' has no suffix that names a format for a {kind}; use {', '.join(table)}."
        )


def _mosaic_dng(path: Path, frame: RawFrame, opcodes: bytes | None) -> None:
    dng.write(path, frame, opcode_list1=opcodes)


def _mosaic_tiff(path: Path, frame: RawFrame, opcodes: bytes | None) -> None:
    dng.write_mosaic_tiff(path, frame)


def _mosaic_png(path: Path, frame: RawFrame, opcodes: bytes | None) -> None:
    pictures.write_png(path, file_codes(frame)[0])


def _mosaic_npy(path: Path, frame: RawFrame, opcodes: bytes | None) -> None:
    with path.open("wb") as file:
        np.save(file, file_codes(frame)[0], allow_pickle=False)


def _depth(frame: RgbFrame, bits: Literal[8, 16] | None, default: Literal[8, 16]) -> Literal[8, 16]:
    if bits is not None:
        return bits
    if frame.pixels.dtype.kind == "u":
        return 8 if frame.pixels.dtype.itemsize == 1 else 16
    return default


def _picture_png(path: Path, frame: RgbFrame, bits: Literal[8, 16] | None) -> None:
    pictures.write_png(path, pictures.quantised(frame, _depth(frame, bits, 8)))


def _picture_tiff(path: Path, frame: RgbFrame, bits: Literal[8, 16] | None) -> None:
    pictures.write_tiff_picture(path, pictures.quantised(frame, _depth(frame, bits, 16)))


def _picture_npy(path: Path, frame: RgbFrame, bits: Literal[8, 16] | None) -> None:
    with path.open("wb") as file:
        np.save(file, frame.pixels, allow_pickle=False)


_MOSAIC: Final[dict[str, Callable[[Path, RawFrame, bytes | None], None]]] = {
    ".dng": _mosaic_dng,
    ".tif": _mosaic_tiff,
    ".tiff": _mosaic_tiff,
    ".png": _mosaic_png,
    ".npy": _mosaic_npy,
}
_PICTURE: Final[dict[str, Callable[[Path, RgbFrame, Literal[8, 16] | None], None]]] = {
    ".png": _picture_png,
    ".tif": _picture_tiff,
    ".tiff": _picture_tiff,
    ".npy": _picture_npy,
}
