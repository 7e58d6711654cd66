"""NumPy files: mosaics as uint8 or uint16 codes; never pickled objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.frame import RawFrame
from isp.io.guard import check_pixels, decoding, head
from isp.io.hints import ReadHints, to_frame

_MAGIC = b"\x93NUMPY"


def read(path: Path, hints: ReadHints) -> RawFrame:
    """Read a two-dimensional uint8 or uint16 array as a mosaic; its CFA comes from the hints."""
    return to_frame(path, load(path), hints)


def load(path: Path) -> NDArray[Any]:
    """An array of at most two dimensions, its size checked before it is brought into memory.

    Raises
    ------
    FileError
        If the file is no .npy file, holds objects or is cut short.
    """
    if not head(path).startswith(_MAGIC):  # NumPy takes it for pickled objects then, and says so
        raise FileError(f"'{path}' is no NumPy array: it does not begin as a .npy file does.")
    with decoding(path, "a .npy array"):
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        check_pixels(path, 1, int(mapped.size))
        return np.array(mapped)
