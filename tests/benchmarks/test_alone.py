"""Clusters on a lattice: alone, complete, in a map's order."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.learned.alone import SORTS, SPACING_PX, Cell, lattice, worse
from isp.defects import DefectMap


@pytest.mark.parametrize("sort", SORTS)
def test_each_cluster_is_alone_and_in_a_maps_order(sort: str) -> None:
    shape = (321, 481)
    rows, cols, cluster = lattice(shape, sort, np.random.default_rng(1))
    height, width, step, share = SORTS[sort]
    defects = DefectMap.of(rows, cols, shape=shape)
    assert np.array_equal(defects.rows, rows)
    assert np.array_equal(defects.cols, cols)
    count = np.bincount(cluster)
    assert len(count) == (321 - 24) // SPACING_PX * ((481 - 24) // SPACING_PX)
    if share == 1.0:
        assert (count == height * width).all()
    else:
        assert abs(count.mean() / (height * width) - share) < 0.05
    for one in range(len(count)):
        mine = cluster == one
        spans = [int(np.ptp(x[mine])) for x in (rows, cols)]
        assert spans[0] <= step * (height - 1)
        assert spans[1] <= step * (width - 1)
        near = np.maximum(abs(rows - rows[mine][0]), abs(cols - cols[mine][0]))
        assert near[~mine].min() >= 30


def test_leads_are_told_per_cluster_and_pooled() -> None:
    mse = {"fsr": np.array([1e-2, 1e-4]), "mine": np.array([1e-3, 1e-3])}
    cell = Cell("set", "light", "single", "all", ["a", "b"], mse)
    assert cell.lead("mine", "fsr").mean == pytest.approx(0.0)
    assert cell.pooled_db("mine", "fsr") == pytest.approx(10 * np.log10(5.05))
    assert cell.best(["fsr", "mine"]) == "fsr"
    assert worse(cell, "mine", "fsr") == 0.5
