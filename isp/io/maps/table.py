"""The one table of defect-map formats, and `isp.read_map` and `isp.write_map` that go by it."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.files import atomic
from isp.frame import RawFrame
from isp.io.guard import check_file, decoding, head
from isp.io.maps import lists, masks, opcodes, own_csv
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import MapSource, read_bytes
from isp.registry import nearest

log = logging.getLogger(__name__)

_START = 4096


@dataclass(frozen=True)
class MapFormat:
    """A row of the table.

    Parameters
    ----------
    name : str
        What ``--format`` says.
    summary : str
        What stands in such a file.
    holds : frozenset of str
        What it keeps beside the positions: ``kind``, ``severity``, ``cluster``, ``size`` (of the
        frame), ``active_area``, ``cfa``, ``source``, ``border`` (pixels outside the active area).
    recognise, load, encode
        Whether a file (its path and first bytes) is of this format; its reader; its writer.
    suffixes : tuple of str
        Suffixes that ask for this format when a map is written.
    """

    name: str
    summary: str
    holds: frozenset[str]
    recognise: Callable[[Path, bytes], bool]
    load: Callable[[MapSource], DefectMap]
    encode: Callable[[DefectMap], bytes]
    suffixes: tuple[str, ...] = ()


def _pairs(name: str, summary: str, layout: lists.Layout) -> MapFormat:
    holds = frozenset() if layout.active else frozenset({"border"})
    return MapFormat(name, summary, holds, lists.never, lists.loader(layout), lists.encoder(layout))


_ALL = frozenset({"kind", "severity", "cluster", "size", "active_area", "cfa", "source", "border"})
_MASK = frozenset({"size", "border"})
FORMATS: Final = (
    MapFormat(
        "csv",
        "own table: row, col, kind, severity_dn, cluster; header with the frame",
        _ALL,
        own_csv.recognise,
        own_csv.load,
        own_csv.encode,
        (".csv",),
    ),
    MapFormat(
        "npy",
        "bool array of the frame's size, True where bad",
        _MASK,
        masks.recognise_npy,
        masks.load_npy_mask,
        masks.encode_npy,
        (".npy",),
    ),
    MapFormat(
        "png",
        "grey mask of the frame's size, 0 where good",
        _MASK,
        masks.recognise_png,
        masks.load_png_mask,
        masks.encode_png,
        (".png",),
    ),
    MapFormat(
        "tiff",
        "grey mask of the frame's size, 0 where good",
        _MASK,
        masks.recognise_tiff,
        masks.load_tiff_mask,
        masks.encode_tiff,
        (".tif", ".tiff"),
    ),
    MapFormat(
        "opcodes",
        "DNG OpcodeList1 with FixBadPixelsList or FixBadPixelsConstant, bare or inside a DNG",
        frozenset({"border"}),
        opcodes.recognise,
        opcodes.load,
        opcodes.encode,
        (".opcodes",),
    ),
    MapFormat(
        "dcraw",
        "dcraw and LibRaw .badpixels: column row unixtime, from the visible area",
        frozenset(),
        lists.recognise_dcraw,
        lists.load_dcraw,
        lists.encoder(lists.DCRAW),
        (".badpixels",),
    ),
    MapFormat(
        "rawtherapee",
        "RawTherapee .badpixels: x y from the visible area, an offset on the first line",
        frozenset(),
        lists.recognise_rawtherapee,
        lists.load_rawtherapee,
        lists.encoder(lists.RAWTHERAPEE),
    ),
    MapFormat(
        "fpm",
        "MLV App focus pixels: x y in the raw frame; the file name says the size",
        frozenset({"border"}),
        lists.recognise_focus,
        lists.load_focus,
        lists.encoder(lists.FOCUS),
        (".fpm",),
    ),
    _pairs("rawpy", "rawpy's lists: row column, from the visible area", lists.RAWPY),
    _pairs("row_col", "row column, from the raw frame", lists.ROW_COL),
    _pairs("col_row", "column row, from the raw frame", lists.COL_ROW),
)
_BY_NAME: Final = {one.name: one for one in FORMATS}


def map_format(name: str) -> MapFormat:
    """The format of a name.

    Raises
    ------
    MapError
        If there is none; the nearest is named.
    """
    if name not in _BY_NAME:
        known = ", ".join(_BY_NAME)
        raise MapError(f"There is no map format '{name}'.{nearest(name, _BY_NAME)} Known: {known}.")
    return _BY_NAME[name]


def read_map(
    path: Path | str,
    frame: RawFrame | DefectMap | Geometry | None = None,
    *,
    format: str | None = None,
    shot_time: int | None = None,
    drop_outside: bool = False,
) -> DefectMap:
    """Read a defect map; its format is told by its content.

    Parameters
    ----------
    path : path
        The file; text lists may be gzipped.
    frame : RawFrame, DefectMap or Geometry, optional
        The frame the map is for: needed where the format does not say it, checked where it does.
    format : str, optional
        A name of the table; needed for bare pairs of numbers only.
    shot_time : int, optional
        When the frame was taken, Unix seconds: dcraw entries later than that are left out.
    drop_outside : bool
        Leave out positions outside the frame (with a warning) instead of refusing the map.

    Returns
    -------
    DefectMap
        In raw-frame coordinates.

    Raises
    ------
    FileError
        If the file is missing or cannot be opened.
    MapError
        If it is no map, of no told format, damaged, or of another frame.
    """
    file = check_file(path)
    raw_frame = frame if isinstance(frame, RawFrame) else None
    source = MapSource(file, Geometry.of(frame), raw_frame, shot_time, drop_outside)
    chosen = map_format(format) if format is not None else _recognised(file)
    with decoding(file, f"a defect map ({chosen.name})"):
        return chosen.load(source)


def _recognised(path: Path) -> MapFormat:
    start = head(path, _START)
    if start[:2] == b"\x1f\x8b":
        start = read_bytes(path)[:_START]
    for one in FORMATS:
        if one.recognise(path, start):
            return one
    lists.refuse_ambiguous(path, start)
    raise MapError(
        f"'{path}' is of no format known for defect maps ({', '.join(_BY_NAME)}); a raw frame is no"
        " map (make one with 'isp detect')."
    )


def write_map(
    path: Path | str,
    defects: DefectMap,
    *,
    format: str | None = None,
    frame: RawFrame | None = None,
    force: bool = False,
) -> tuple[str, ...]:
    """Write a defect map.

    Parameters
    ----------
    path : path
        ``.csv``, ``.npy``, ``.png``, ``.tif``, ``.opcodes``, ``.badpixels`` (dcraw's), ``.fpm``, any
        of them with ``.gz`` behind; ``.dng`` writes ``frame`` with the map as its OpcodeList1.
    defects : DefectMap
        The map.
    format : str, optional
        A name of the table, where the suffix does not say it.
    frame : RawFrame, optional
        The frame the map is for: what a DNG holds beside it, and the CFA of a map that lacks one.
    force : bool
        Replace a file that is there.

    Returns
    -------
    tuple of str
        What of this map the format cannot hold, in words; empty where nothing is lost.

    Raises
    ------
    MapError
        If neither suffix nor ``format`` names a format, the map is of another frame, or a DNG or
        opcodes are asked for and nothing says the frame or its CFA.
    FileError
        If the file is there, or cannot be written.
    """
    target = Path(path)
    if frame is not None:
        defects = _of_frame(defects, frame)
    if target.suffix.lower() == ".dng" and format in (None, "opcodes"):
        _write_dng(target, defects, frame, force)
        return lost(defects, _BY_NAME["opcodes"])
    packed = target.suffix.lower() == ".gz"
    chosen = map_format(format) if format else _by_suffix(Path(target.stem) if packed else target)
    data = chosen.encode(defects)
    with atomic(target, force=force) as temporary:
        temporary.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    missing = lost(defects, chosen)
    for sentence in missing:
        log.warning("%s: %s", target, sentence)
    return missing


def _of_frame(defects: DefectMap, frame: RawFrame) -> DefectMap:
    """The map with the frame's CFA, after a check that it is the frame's."""
    defects.check_fits(frame)
    return replace(defects, cfa=frame.cfa)


def _write_dng(path: Path, defects: DefectMap, frame: RawFrame | None, force: bool) -> None:
    from isp.io.output import write

    if frame is None:
        raise MapError(f"A DNG holds a frame beside its map; give the raw frame for '{path}'.")
    write(path, frame, force=force, opcode_list1=opcodes.encode(defects))


def _by_suffix(path: Path) -> MapFormat:
    suffix = path.suffix.lower()
    for one in FORMATS:
        if suffix in one.suffixes:
            return one
    known = ", ".join(suffix for one in FORMATS for suffix in one.suffixes)
    raise MapError(
        f"'{path}' has no suffix that names a map format; use {known}, or name the format."
    )


def lost(defects: DefectMap, form: MapFormat) -> tuple[str, ...]:
    """What of a map a format cannot hold, a sentence each; empty where nothing is lost."""
    area = defects.active_area
    outside = len(defects) - len(defects.crop(area))
    shape = f"{defects.shape[0]}×{defects.shape[1]}"
    has = {
        "kind": (int((defects.kind != DefectKind.UNKNOWN).sum()), "the kinds of {n} defects"),
        "severity": (int(np.isfinite(defects.severity_dn).sum()), "the severities of {n} defects"),
        "cluster": (int((defects.cluster >= 0).sum()), "the cluster numbers of {n} defects"),
        "border": (outside, "{n} defects outside the active area"),
        "size": (1, f"the frame's size ({shape})"),
        "active_area": (int((area.height, area.width) != defects.shape), "the active area"),
        "cfa": (int(defects.cfa is not None), "the colour filter array"),
        "source": (int(bool(defects.source)), "where the map comes from"),
    }
    gone = [text.format(n=n) for key, (n, text) in has.items() if n and key not in form.holds]
    return tuple(f"the format {form.name} does not hold {what}." for what in gone)
