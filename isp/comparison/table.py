"""A sensor's defect table between the map and the correctors, and what its size costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from isp.comparison.case import Case
from isp.comparison.records import ALL, Record
from isp.defects import DefectMap

TABLE: Final = "+table"
"""What the name of a map ends with once it has been through the table."""
STAGE: Final = "table"
COST_OF: Final = "defect_psnr_db"


def table_records(
    case: Case, given: Mapping[str, DefectMap], scored: Sequence[Record]
) -> Iterator[Record]:
    """What the table holds, what it leaves out, and how much worse each stage is for it.

    Parameters
    ----------
    case : Case
        The truth.
    given : mapping
        The maps that correctors got, by name; those of the table beside the whole ones.
    scored : sequence of Record
        Figures of this case with either map.
    """
    name = case.name
    for used in (one for one in given if one.endswith(TABLE)):
        whole, kept = given[used.removesuffix(TABLE)], given[used]
        fixed = (name.input, name.crop, name.protocol, name.variant, used)
        yield Record(*fixed, STAGE, ALL, ALL, ALL, ALL, "table_entries", float(len(kept)))
        needed = whole.mask()[case.truth.rows, case.truth.cols]
        if needed.any():
            left = needed & ~kept.mask()[case.truth.rows, case.truth.cols]
            share = float(np.count_nonzero(left) / np.count_nonzero(needed))
            yield Record(*fixed, STAGE, ALL, ALL, ALL, ALL, "table_left_share", share)
        before, after = (_psnr(scored, one) for one in (used.removesuffix(TABLE), used))
        for stage in (one for one in after if one in before):
            cost = before[stage] - after[stage]
            yield Record(*fixed, stage, ALL, ALL, ALL, ALL, "table_cost_db", cost)


def _psnr(scored: Sequence[Record], used: str) -> dict[str, float]:
    """Stage to its figure over all defects under one map."""
    return {
        row.stage: row.value
        for row in scored
        if (row.map, row.metric) == (used, COST_OF)
        and {row.kind, row.size, row.density, row.channel} == {ALL}
    }
