"""`isp.read_map` and `isp.write_map`: the table's formats told by content and by suffix."""

from __future__ import annotations

import gzip
import logging
from dataclasses import replace
from pathlib import Path

from isp.defects import DefectMap
from isp.errors import MapError
from isp.files import atomic
from isp.frame import RawFrame
from isp.io.guard import check_file, decoding, head
from isp.io.maps import lists, opcodes
from isp.io.maps.formats import FORMATS, MapFormat, lost, map_format
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import BYTE_ORDER_MARK, MapSource, read_bytes

log = logging.getLogger(__name__)

_START = 4096
_NO_FRAME = (
    "A DNG holds a frame beside its map; give the raw frame for '{path}' (isp map convert --frame)."
)


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
    start = start.removeprefix(BYTE_ORDER_MARK)
    for one in FORMATS:
        if one.recognise(path, start):
            return one
    lists.refuse_ambiguous(path, start)
    known = ", ".join(one.name for one in FORMATS)
    raise MapError(
        f"'{path}' is of no format known for defect maps ({known}); a raw frame is no map (make one"
        " with 'isp detect')."
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
    chosen = _format_for(target, format)
    if target.suffix.lower() == ".dng" and chosen.name == "opcodes":
        _write_dng(target, defects, frame, force)
        return lost(defects, chosen)
    packed = target.suffix.lower() == ".gz"
    data = chosen.encode(defects)
    with atomic(target, force=force) as temporary:
        temporary.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    missing = lost(defects, chosen)
    for sentence in missing:
        log.info("%s: %s", target, sentence)
    return missing


def held(path: Path | str, defects: DefectMap, *, format: str | None = None) -> int:
    """How many of a map's entries a file written by `write_map` holds: some leave out the border."""
    whole = "border" in _format_for(Path(path), format).holds
    return len(defects if whole else defects.crop(defects.active_area))


def check_map_suffix(path: Path, *, with_frame: bool) -> None:
    """Raise `MapError` where a path's suffix names no format that a map can be written in.

    ``with_frame`` says whether the map's frame will be at hand, which a DNG needs.
    """
    if path.suffix.lower() != ".dng":
        _by_suffix(path)
    elif not with_frame:
        raise MapError(_NO_FRAME.format(path=path))


def _of_frame(defects: DefectMap, frame: RawFrame) -> DefectMap:
    """The map with the frame's CFA, after a check that it is the frame's."""
    defects.check_fits(frame)
    return replace(defects, cfa=frame.cfa)


def _write_dng(path: Path, defects: DefectMap, frame: RawFrame | None, force: bool) -> None:
    from isp.io.output import write

    if frame is None:
        raise MapError(_NO_FRAME.format(path=path))
    write(path, frame, force=force, opcode_list1=opcodes.encode(defects))


def _format_for(path: Path, name: str | None) -> MapFormat:
    """The format of a name, else of a suffix; a DNG holds its map as opcodes."""
    if name:
        return map_format(name)
    return map_format("opcodes") if path.suffix.lower() == ".dng" else _by_suffix(path)


def _by_suffix(path: Path) -> MapFormat:
    packed = path.suffix.lower() == ".gz"
    suffix = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    for one in FORMATS:
        if suffix in one.suffixes:
            return one
    known = ", ".join(suffix for one in FORMATS for suffix in one.suffixes)
    raise MapError(
        f"'{path}' has no suffix that names a map format; use {known}. 'isp map convert --to FORMAT'"
        " writes the others too, under any name."
    )
