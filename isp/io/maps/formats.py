"""The one table of defect-map formats, and what each of them cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.io.maps import lists, masks, opcodes, own_csv
from isp.io.maps.source import MapSource
from isp.words import nearest


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
