"""`isp.read`: which reader takes a file, by its content first and its suffix second."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from isp.frame import RawFrame
from isp.io.guard import check_file, head
from isp.io.hints import ReadHints


@dataclass(frozen=True)
class Reader:
    """A row of the table of readers."""

    name: str
    function: str
    magics: tuple[tuple[int, bytes], ...] = ()
    suffixes: tuple[str, ...] = ()

    def load(self) -> Callable[[Path, ReadHints], RawFrame]:
        """The function itself; its module, with what it needs, is imported now."""
        module, _, name = self.function.partition(":")
        function: Callable[[Path, ReadHints], RawFrame] = getattr(
            importlib.import_module(module), name
        )
        return function


_RAW_MAGICS: Final = (
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (0, b"IIU\0"),
    (0, b"IIRO"),
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"FUJIFILM"),
    (6, b"HEAPCCDR"),
    (0, b"\0MRM"),
    (0, b"FOVb"),
    (4, b"ftypcrx"),
    (0, b"ARRI"),
    (0, b"NOKIARAW"),
)
_TIFF: Final = Reader(
    "TIFF", "isp.io.images:read_tiff", (*_RAW_MAGICS[:2], (0, b"II+\0"), (0, b"MM\0+"))
)
_HEADERLESS: Final = Reader(
    "headerless raw", "isp.io.headerless:read", (), (".raw", ".bin", ".dat")
)
_CAMERA: Final = Reader("camera raw", "isp.io.camera_raw:read", _RAW_MAGICS)
READERS: Final = (
    Reader("PNG", "isp.io.images:read_png", ((0, b"\x89PNG\r\n\x1a\n"),), (".png",)),
    Reader("NumPy", "isp.io.npy:read", ((0, b"\x93NUMPY"),), (".npy",)),
    Reader("FITS", "isp.io.fits:read", ((0, b"SIMPLE  ="),), (".fit", ".fits", ".fts")),
    Reader("PGM", "isp.io.images:read_pgm", ((0, b"P5\n"), (0, b"P5 ")), (".pgm",)),
    _CAMERA,
    _HEADERLESS,
)


def read(path: Path | str, hints: ReadHints | None = None) -> RawFrame:
    """Read a raw frame from a file of any format known.

    Parameters
    ----------
    path : path
        A camera raw file, DNG, FITS, single-channel PNG, TIFF or PGM, ``.npy``, or a dump without
        a header.
    hints : ReadHints, optional
        Size, bits, CFA and levels of a file that does not say them itself; what is given here goes
        before what the file says.

    Returns
    -------
    RawFrame
        uint8 or uint16 codes with CFA, levels, active area and what else the file says.

    Raises
    ------
    FileError
        If the file is missing, damaged, no mosaic, or lacks what the hints do not give.
    MissingDependencyError
        If its format needs a package that is not installed.
    """
    file = check_file(path)
    given = hints or ReadHints()
    return _reader(file, given).load()(file, given)


def _reader(path: Path, hints: ReadHints) -> Reader:
    start, suffix = head(path), path.suffix.lower()
    if suffix in (".tif", ".tiff") and _starts(_TIFF, start):
        from isp.io.dng_tags import is_dng

        return _CAMERA if is_dng(path) else _TIFF
    for reader in READERS:
        if _starts(reader, start):
            return reader
    if hints.size is not None and hints.bits is not None:
        return _HEADERLESS
    return next((reader for reader in READERS if suffix in reader.suffixes), _CAMERA)


def _starts(reader: Reader, start: bytes) -> bool:
    return any(start[at : at + len(magic)] == magic for at, magic in reader.magics)
