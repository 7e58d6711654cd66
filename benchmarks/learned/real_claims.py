"""What blind stages claim on real frames, and which of it a dark frame of the same sensor confirms."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import isp
from benchmarks.detection import HEADERLESS
from benchmarks.learned.inputs import REAL
from benchmarks.page import table
from isp.bound import stage
from isp.defects import DefectKind, DefectMap
from isp.frame import RawFrame
from isp.io import ReadHints
from isp.windows import group
from stages.learned.finder.search import TOGETHER_PX

DARKS = {
    "infinite-isp_ColorChecker_1920x1080_12bit_BGGR.raw": (
        "infinite-isp-tuning_BlackImage_1920x1080_12bits_BGGR.raw"
    ),
    "mex2025_rpi-gs_c21ff2bc_image.dng": "mex2025_rpi-gs_dark_frame_c5dfe1e7.dng",
}
NAMED = 6
"""Clusters of a frame that are named by their strongest pixel, the strongest first."""


def real_part(
    folder: Path, blind: str, detector: str, blocks: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Claims of each stage on each frame, as text and data."""
    rows, lists, data = [], [], []
    for name in REAL:
        path = folder / "raw" / name
        if not path.is_file():
            continue
        print(f"real frame: {name}", file=sys.stderr, flush=True)
        frame = _read(folder, "raw", name)
        area = frame.meta.active_area
        megapixels = 1e-6 * area.height * area.width
        one = stage(blind)
        begun = process_time()
        found: DefectMap = one(frame)[1]
        cost = 1e3 * (process_time() - begun) / megapixels
        groups = len(np.unique(group(found, TOGETHER_PX)))
        other: DefectMap = stage(detector)(frame)
        confirmed = _confirmed(folder, name, found)
        others = [len(stage(b)(frame)[1]) / megapixels for b in blocks]
        kinds = _kinds(found)
        rows.append([
            name, f"{megapixels:.2f}", f"{len(found)}", f"{len(found) / megapixels:.1f}",
            f"{groups / megapixels:.1f}", kinds, confirmed, f"{_points(other) / megapixels:.1f}",
            f"{int((found.mask() & other.mask()).sum())}", *(f"{v:.0f}" for v in others),
            f"{cost:.0f}",
        ])  # fmt: skip
        lists += _named(name, frame, found)
        data.append({"file": name, "megapixels": megapixels, "claims": len(found),
                     "groups": groups, "kinds": kinds,
                     "confirmed": confirmed, "processor_ms_per_megapixel": cost})  # fmt: skip
    header = [
        "frame", "MP", "claims", "per MP", "groups per MP", "kinds", "in a dark frame too",
        f"`{detector}` per MP", "claimed by both", *(f"`{b}` per MP" for b in blocks),
        "processor ms per MP",
    ]  # fmt: skip
    text = (
        f"## Real frames\n\nNobody knows their defects: claims of `{blind}` at its default threshold are"
        " real defects and false alarms together. A claim is a pixel; claims with at most two pixels"
        " between them are a group. *In a dark frame too*: the pixel is also mapped from a dark frame of"
        " the same sensor, where there is one.\n\n"
    )
    return text + table(header, rows) + "\n\n" + "\n".join(lists), {"real": data}


def _read(folder: Path, kind: str, name: str) -> RawFrame:
    return isp.read(folder / kind / name, ReadHints(**HEADERLESS.get(f"{kind}/{name}", {})))


def _points(found: DefectMap) -> int:
    """Pixels that are not part of a row or a column."""
    return int((~np.isin(found.kind, (DefectKind.ROW, DefectKind.COLUMN))).sum())


def _kinds(found: DefectMap) -> str:
    counts = {k.label: int((found.kind == k).sum()) for k in DefectKind if (found.kind == k).any()}
    return ", ".join(f"{label} {count}" for label, count in counts.items()) or "none"


def _confirmed(folder: Path, name: str, found: DefectMap) -> str:
    """How many of the claims a dark frame of the sensor shows too."""
    dark = folder / "defects" / DARKS.get(name, "")
    if name not in DARKS or not dark.is_file():
        return "–"
    mapped = stage("calibration")(isp.FrameSet(dark=(_read(folder, "defects", DARKS[name]),)))
    if mapped.shape != found.shape:
        return "–"
    return f"{int((found.mask() & mapped.mask()).sum())} of {len(found)}"


def _named(name: str, frame: RawFrame, found: DefectMap) -> list[str]:
    """The strongest pixels of the strongest clusters with what is round them, to be looked at."""
    order = np.argsort(-np.abs(found.severity_dn))
    _, first = np.unique(found.cluster[order], return_index=True)
    lines = []
    for k in order[np.sort(first)[:NAMED]]:
        row, col = int(found.rows[k]), int(found.cols[k])
        size = int(found.cluster_sizes()[k])
        part = frame.mosaic[max(row - 4, 0) : row + 5, max(col - 4, 0) : col + 5]
        low, high = int(part.min()), int(part.max())
        kind = DefectKind(int(found.kind[k])).label
        lines.append(
            f"- {name}: row {row}, column {col}, {kind}, {frame.mosaic[row, col]:g} DN,"
            f" {found.severity_dn[k]:+.0f} DN from its repair, cluster of {size}; 9×9 px around span"
            f" {low} to {high} DN"
        )
    return lines
