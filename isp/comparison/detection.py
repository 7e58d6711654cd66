"""How well the detected map matches the truth, as rows beside the correctors' figures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isp.comparison.case import Case
from isp.comparison.records import ALL, Record
from isp.defects import DefectMap


def detection_records(case: Case, found: DefectMap, detector: str) -> list[Record]:
    """Recall of every group of defects, precision and false alarms of all; pixels ignored are left out.

    Parameters
    ----------
    case : Case
        The truth.
    found : DefectMap
        What the detector marks.
    detector : str
        Its name, for the rows.
    """
    name = case.name
    fixed = (name.input, name.crop, name.protocol, name.variant, "detected", detector)
    return [Record(*fixed, *place, metric, value) for place, metric, value in _rows(case, found)]


def _rows(case: Case, found: DefectMap) -> Iterator[tuple[tuple[str, str, str, str], str, float]]:
    marked = found.mask() & ~case.ignore
    hit = marked[case.truth.rows, case.truth.cols]
    for group in case.groups:
        if group.entries.any():
            place = (group.kind, group.size, group.density, group.channel)
            yield place, "detection_recall", float(hit[group.entries].mean())
    everything = (ALL, ALL, ALL, ALL)
    good = ~(case.truth.mask() | case.ignore)
    false = int(np.count_nonzero(marked & good))
    if marked.any():
        yield everything, "detection_precision", 1 - false / int(marked.sum())
    if good.any():
        yield everything, "detection_false_per_mp", 1e6 * false / int(good.sum())
