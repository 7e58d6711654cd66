"""Lists of positions in plain text: dcraw, RawTherapee, MLV App, and bare rows and columns.

Formats: dcraw and LibRaw ``.badpixels``, "column row unixtime" from the visible area, an entry counts
only for frames taken at or after its time; RawTherapee ``.badpixels``, "x y" with an offset for both
as a single number on the first line; MLV App ``.fpm``, "x y" in the raw buffer; rawpy's lists, "row
col" from the visible area, often gzipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import MapSource, data_lines, integers, read_text

_DCRAW_HEAD = "# dcraw .badpixels: column row unixtime, counted from the visible area"
_RAWTHERAPEE_HEAD = "# RawTherapee .badpixels: x y, counted from the visible area"
_SIZE_IN_NAME = re.compile(r"_(\d{1,6})x(\d{1,6})$")


@dataclass(frozen=True)
class Layout:
    """What stands on a line, and from where it is counted."""

    what: str
    row_first: bool
    active: bool
    head: str = ""
    separator: str = " "
    tail: str = ""


DCRAW = Layout("column row unixtime", False, True, _DCRAW_HEAD, tail=" 0")
RAWTHERAPEE = Layout("x y", False, True, _RAWTHERAPEE_HEAD)
FOCUS = Layout("x y", False, False, separator=" \t ")
RAWPY = Layout("row column", True, True)
ROW_COL = Layout("row column", True, False)
COL_ROW = Layout("column row", False, False)


def encoder(layout: Layout) -> Callable[[DefectMap], bytes]:
    """The writer of a layout; pixels outside the active area are left out where it counts from it."""

    def encode(defects: DefectMap) -> bytes:
        area = defects.active_area
        kept = defects.crop(area) if layout.active else defects
        first, second = (kept.rows, kept.cols) if layout.row_first else (kept.cols, kept.rows)
        lines = [layout.head] if layout.head else []
        lines += [
            f"{a}{layout.separator}{b}{layout.tail}"
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        ]
        return ("\n".join(lines) + "\n").encode()

    return encode


def loader(layout: Layout) -> Callable[[MapSource], DefectMap]:
    """The reader of a layout with two numbers on a line."""

    def load(source: MapSource) -> DefectMap:
        lines = data_lines(read_text(source.path))
        return _placed(source, integers(source.path, lines, 2, layout.what), layout)

    return load


def _placed(source: MapSource, pairs: np.ndarray, layout: Layout) -> DefectMap:
    rows, cols = (pairs[:, 0], pairs[:, 1]) if layout.row_first else (pairs[:, 1], pairs[:, 0])
    return source.build(rows, cols, source.known_geometry(), active=layout.active)


def load_dcraw(source: MapSource) -> DefectMap:
    """Read a dcraw list; entries later than the shot are left out where its time is known."""
    lines = data_lines(read_text(source.path))
    table = integers(source.path, lines, 3, DCRAW.what)
    if source.shot_time is not None:
        table = table[table[:, 2] <= source.shot_time]
    return _placed(source, table[:, :2], DCRAW)


def load_rawtherapee(source: MapSource) -> DefectMap:
    """Read a RawTherapee list; a single number on the first line is added to x and y."""
    text = read_text(source.path)
    lines = data_lines(text)
    offset = 0
    if lines and lines[0][0] == 1 and len(lines[0][1].split()) == 1:
        offset = int(integers(source.path, lines[:1], 1, "offset")[0, 0])
        lines = lines[1:]
    return _placed(source, integers(source.path, lines, 2, RAWTHERAPEE.what) + offset, RAWTHERAPEE)


def load_focus(source: MapSource) -> DefectMap:
    """Read MLV App's focus pixels; its file names say the size (``80000346_1872x1060.fpm``)."""
    pairs = integers(source.path, data_lines(read_text(source.path)), 2, FOCUS.what)
    geometry = source.geometry or _named_size(source.path)
    if geometry is None:
        geometry = source.known_geometry()
    kinds = np.full(len(pairs), int(DefectKind.PHASE_DETECT))
    return source.build(pairs[:, 1], pairs[:, 0], geometry, active=False, kind=kinds)


def _named_size(path: Path) -> Geometry | None:
    found = _SIZE_IN_NAME.search(path.stem)
    return None if found is None else Geometry.whole((int(found[2]), int(found[1])))


def recognise_dcraw(path: Path, start: bytes) -> bool:
    """Three integers on the first line of data, or our own first line."""
    return start.startswith(_DCRAW_HEAD.encode()) or len(_first_words(start)) == 3


def recognise_rawtherapee(path: Path, start: bytes) -> bool:
    """Our own first line, or one or two integers in a file with RawTherapee's suffix."""
    if start.startswith(_RAWTHERAPEE_HEAD.encode()):
        return True
    return path.suffix.lower() == ".badpixels" and len(_first_words(start)) in (1, 2)


def recognise_focus(path: Path, start: bytes) -> bool:
    """Two integers in a file with MLV App's suffix."""
    return path.suffix.lower() == ".fpm" and len(_first_words(start)) in (0, 2)


def never(path: Path, start: bytes) -> bool:
    """Two bare numbers could be read either way: such lists are taken by name only."""
    return False


def refuse_ambiguous(path: Path, start: bytes) -> None:
    """Say so where a file holds pairs of numbers of no told order.

    Raises
    ------
    MapError
        If the first line of data is two integers.
    """
    if len(_first_words(start)) == 2:
        raise MapError(
            f"'{path}' holds two numbers a line, and nothing says whether the row or the column"
            " comes first, or from where they count; name the format: rawpy, row_col, col_row,"
            " rawtherapee or fpm."
        )


def _first_words(start: bytes) -> list[str]:
    """The integers of the first line of data, none where it holds anything else."""
    for line in start.decode("latin-1").split("\n"):
        words = line.partition("#")[0].replace(",", " ").split()
        if words:
            whole = all(re.fullmatch(r"[+-]?\d{1,18}", word) for word in words)
            return words if whole else []
    return []
