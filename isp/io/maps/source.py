"""What a reader of defect maps gets, and the way from its numbers to a checked map."""

from __future__ import annotations

import codecs
import gzip
import logging
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from isp.defects import DefectMap
from isp.errors import FileError, MapError
from isp.frame import RawFrame
from isp.io.guard import check_pixels, head
from isp.io.maps.geometry import Geometry

log = logging.getLogger(__name__)

BYTE_LIMIT = 1 << 28
BYTE_ORDER_MARK = codecs.BOM_UTF8
"""What spreadsheets put before UTF-8 text."""
_GZIP = b"\x1f\x8b"
_INTEGER = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True)
class MapSource:
    """A map file and what is known beside it.

    Parameters
    ----------
    path : Path
        The file.
    geometry : Geometry or None
        Of the frame the map is for, where given.
    frame : RawFrame or None
        That frame itself, where given (a DNG constant opcode marks its pixels by value).
    shot_time : int or None
        When the frame was taken, in Unix seconds: later defects are left out.
    drop_outside : bool
        Leave out positions outside the frame instead of refusing the map.
    """

    path: Path
    geometry: Geometry | None = None
    frame: RawFrame | None = None
    shot_time: int | None = None
    drop_outside: bool = False

    def known_geometry(self) -> Geometry:
        """The frame's geometry, or `MapError` where nobody gave it."""
        if self.geometry is None:
            raise MapError(
                f"'{self.path}' does not say which frame it is for; give the raw frame that it"
                " belongs to."
            )
        return self.geometry

    def build(
        self, rows: ArrayLike, cols: ArrayLike, geometry: Geometry, *, active: bool, **columns: Any
    ) -> DefectMap:
        """Make a map of positions counted from the active area or from the raw frame.

        Raises
        ------
        MapError
            If positions lie outside (the counts are named), or the frame has more pixels than any.
        """
        try:
            check_pixels(self.path, *geometry.shape)
        except FileError as error:
            raise MapError(str(error)) from None
        r, c = np.asarray(rows, np.int64), np.asarray(cols, np.int64)
        area = geometry.active_area
        height, width = (area.height, area.width) if active else geometry.shape
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        if not inside.all():
            self._outside(int(inside.sum()), len(r), (height, width), active)
            r, c = r[inside], c[inside]
            columns = {name: np.asarray(values)[inside] for name, values in columns.items()}
        top, left = (area.top, area.left) if active else (0, 0)
        return DefectMap.of(
            r + top,
            c + left,
            geometry.shape,
            active_area=area,
            cfa=geometry.cfa,
            source=str(self.path),
            **columns,
        )

    def _outside(self, used: int, read: int, shape: tuple[int, int], active: bool) -> None:
        where = "active area" if active else "frame"
        text = (
            f"'{self.path}': {read} positions read, {used} used, {read - used} outside the {where}"
            f" of {shape[0]}×{shape[1]}"
        )
        if not self.drop_outside:
            raise MapError(f"{text}. It looks like the map of another sensor or crop.")
        log.warning("%s.", text)


def read_bytes(path: Path) -> bytes:
    """All of a map file, unpacked where gzipped.

    Raises
    ------
    MapError
        If there are more than 256 MiB, or the gzip data are broken.
    """
    try:
        if head(path, 2) == _GZIP:
            with gzip.open(path) as packed:
                data = packed.read(BYTE_LIMIT + 1)
        else:
            with path.open("rb") as file:
                data = file.read(BYTE_LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MapError(f"'{path}' cannot be read: {error}.") from None
    if len(data) > BYTE_LIMIT:
        raise MapError(f"'{path}' holds more than {BYTE_LIMIT >> 20} MiB; no defect map does.")
    return data


def read_text(path: Path) -> str:
    """A map file as text; refuses binary data.

    Raises
    ------
    MapError
        If the file holds bytes that no text has.
    """
    data = read_bytes(path).removeprefix(BYTE_ORDER_MARK)
    if data.translate(None, bytes(range(32, 256)) + b"\t\n\r\f"):
        raise MapError(
            f"'{path}' is binary data of no format known for defect maps; a raw frame is no map"
            " (make one with 'isp detect')."
        )
    return data.decode("utf-8", "replace")


def data_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers, without comments and blanks."""
    numbered = ((i, line.partition("#")[0].strip()) for i, line in enumerate(text.split("\n"), 1))
    return [(i, line) for i, line in numbered if line]


def integers(path: Path, lines: list[tuple[int, str]], count: int, what: str) -> Any:
    """An int64 array (N, count) of lines that hold exactly ``count`` integers each.

    Raises
    ------
    MapError
        If a line holds anything else; it is named.
    """
    rows = []
    for number, line in lines:
        words = line.replace(",", " ").split()
        if len(words) != count or not all(_INTEGER.fullmatch(word) for word in words):
            raise MapError(f"'{path}', line {number}: '{line[:60]}' is not '{what}'.")
        rows.append([int(word) for word in words])
    return np.asarray(rows, np.int64).reshape(-1, count)
