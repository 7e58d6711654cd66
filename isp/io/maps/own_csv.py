"""The project's own table: one line a pixel, and a header that says which frame it is for.

Nothing of a map is lost in it; every other format is converted through it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import FrameError, MapError
from isp.frame import Area
from isp.io.maps.geometry import Geometry
from isp.io.maps.source import MapSource, read_text

SIGNATURE = "# ispsim defect map"
_VERSION = 1
_COLUMNS = ("row", "col", "kind", "severity_dn", "cluster")


def encode(defects: DefectMap) -> bytes:
    """The map as a table."""
    area = defects.active_area
    header = {
        "version": _VERSION,
        "frame": f"{defects.shape[0]} {defects.shape[1]}",
        "active_area": f"{area.top} {area.left} {area.height} {area.width}",
        "cfa": "" if defects.cfa is None else _spelled(defects.cfa),
        "source": " ".join(defects.source.split()),
    }
    lines = [SIGNATURE, *(f"# {key}: {value}".rstrip() for key, value in header.items())]
    lines.append(",".join(_COLUMNS))
    labels = {int(kind): kind.label for kind in DefectKind}
    lines += [
        f"{row},{col},{labels[kind]},{'' if severity != severity else severity},"
        f"{cluster if cluster >= 0 else ''}"
        for row, col, kind, severity, cluster in zip(
            defects.rows.tolist(),
            defects.cols.tolist(),
            defects.kind.tolist(),
            defects.severity_dn,
            defects.cluster.tolist(),
            strict=True,
        )
    ]
    return ("\n".join(lines) + "\n").encode()


def recognise(path: Path, start: bytes) -> bool:
    """Whether a file starts as such a table."""
    return start.startswith(SIGNATURE.encode())


def load(source: MapSource) -> DefectMap:
    """Read a table.

    Raises
    ------
    MapError
        If the header or a line is wrong; the line is named.
    """
    path, lines = source.path, [_row(line) for line in read_text(source.path).splitlines()]
    header = _header(path, lines)
    geometry = _geometry(path, header)
    if source.geometry is not None:
        source.geometry.check(geometry, str(path))
    body = [(i, line) for i, line in enumerate(lines, 1) if line and not line.startswith("#")]
    names = [] if not body else [name.strip() for name in body[0][1].rstrip(",").split(",")]
    if names[:2] != ["row", "col"] or not set(names) <= set(_COLUMNS):
        raise MapError(f"'{path}' lacks the line with the columns: {','.join(_COLUMNS)}.")
    columns = _columns(path, names, body[1:])
    rows, cols = columns.pop("row"), columns.pop("col")
    built = source.build(rows, cols, geometry, active=False, **columns)
    return DefectMap(**{**vars(built), "source": header.get("source") or str(path)})


def _spelled(cfa: Cfa) -> str:
    """The CFA's name, or its colour indices row by row (``10/23``) where no name gives it back."""
    try:
        if Cfa.parse(cfa.name) == cfa:
            return cfa.name
    except FrameError:
        pass
    return "/".join("".join(str(site) for site in row) for row in cfa.pattern)


def _row(line: str) -> str:
    """A line without the commas that a spreadsheet puts behind headers and blanks."""
    return line.rstrip(",") if line.startswith("#") or not line.strip(",") else line


def _header(path: Path, lines: list[str]) -> dict[str, str]:
    header = {}
    for line in lines:
        if not line.startswith("#"):
            break
        key, _, value = line[1:].partition(":")
        header[key.strip()] = value.strip()
    if header.get("version") != str(_VERSION):
        raise MapError(
            f"'{path}' says version '{header.get('version', '')}' of the defect map table; this"
            f" ispsim reads version {_VERSION}."
        )
    return header


def _geometry(path: Path, header: dict[str, str]) -> Geometry:
    try:
        height, width = (int(word) for word in header["frame"].split())
        area = Area(*(int(word) for word in header["active_area"].split()))
        cfa = _parsed_cfa(header.get("cfa", ""))
        if height < 1 or width < 1 or not area.inside((height, width)):
            raise ValueError("the active area lies outside the frame")
    except (KeyError, ValueError, TypeError) as error:
        raise MapError(
            f"'{path}': its header must have 'frame: height width', 'active_area: top left height"
            f" width' and 'cfa: NAME' ({error})."
        ) from None
    return Geometry((height, width), area, cfa)


def _parsed_cfa(text: str) -> Cfa | None:
    if not text:
        return None
    if text[0].isdigit():
        return Cfa(tuple(tuple(int(site) for site in row) for row in text.split("/")))
    return Cfa.parse(text)


def _columns(path: Path, names: list[str], body: list[tuple[int, str]]) -> dict[str, Any]:
    kinds = {kind.label: int(kind) for kind in DefectKind}
    parsers: dict[str, Callable[[str], float]] = {
        "row": _position,
        "col": _position,
        "kind": lambda text: kinds.get(text, 0) or int(DefectKind.parse(text or "unknown")),
        "severity_dn": _severity,
        "cluster": lambda text: _cluster(text) if text else -1,
    }
    columns: dict[str, list[Any]] = {name: [] for name in names}
    table = csv.reader(io.StringIO("\n".join(line for _, line in body)))
    for (number, line), words in zip(body, table, strict=False):
        try:
            _check_count(names, words)
            for name, word in zip(names, words, strict=False):
                columns[name].append(parsers[name](word.strip()))
        except ValueError as error:
            said = str(error).removesuffix(".")
            raise MapError(f"'{path}', line {number}: '{line[:60]}' is wrong: {said}.") from None
    return {name: np.asarray(values) for name, values in columns.items()}


def _check_count(names: list[str], words: list[str]) -> None:
    """Refuse a line that is too short or too long; empty words behind the last column are none."""
    if len(words) < len(names):
        raise ValueError(f"it lacks {', '.join(names[len(words) :])}")
    if any(words[len(names) :]):
        raise ValueError(f"it holds {len(words)} values for the {len(names)} columns")


def _position(text: str) -> int:
    value = int(text)
    if abs(value) > 2**31:
        raise ValueError("a position that large")
    return value


def _severity(text: str) -> float:
    value = float(text or "nan")
    if abs(value) == float("inf"):
        raise ValueError("an infinite severity")
    return value


def _cluster(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**31:
        raise ValueError("a cluster number below 0 or above 2³¹")
    return value
