"""A defect table's capacity and dilation in a comparison, and what they cost."""

import numpy as np
import pytest

from isp.api import compare
from isp.defects import DefectMap
from isp.errors import ScenarioError
from isp.maps import TableLimits, dilated, limited


def run(lab, **options):
    return compare(
        [lab.source()],
        protocol=[lab.variant],
        stages=["masked_median", lab.brighten],
        crops=2,
        crop_size=64,
        **options,
    )


def values(found, metric, used, stage):
    return [
        row.value
        for row in found.records
        if (row.metric, row.map, row.stage) == (metric, used, stage)
        and {row.kind, row.size, row.density, row.channel} == {"all"}
    ]


def test_what_does_not_fit_stays_and_counts(lab):
    found = run(lab, capacity=3)
    assert {row.map for row in found.records} == {"truth", "truth+table", "none"}
    assert values(found, "table_entries", "truth+table", "table") == [3.0, 3.0]
    left = values(found, "table_left_share", "truth+table", "table")
    assert all(0 < share < 1 for share in left)
    whole = values(found, "defect_psnr_db", "truth", "masked_median")
    cut = values(found, "defect_psnr_db", "truth+table", "masked_median")
    cost = values(found, "table_cost_db", "truth+table", "masked_median")
    assert np.allclose(np.subtract(whole, cut), cost) and min(cost) > 1
    block = found.block(used_map="truth+table")
    assert block.entry("masked_median").figures["table_cost_db"].mean == pytest.approx(
        np.mean(cost)
    )
    assert block.detection["table_left_share"].mean == pytest.approx(np.mean(left))
    assert "table_cost_db" not in found.block(used_map="truth").entry("masked_median").figures


def test_an_empty_table_is_no_correction(lab):
    found = run(lab, capacity=0)
    block = found.block(used_map="truth+table")
    assert block.detection["table_left_share"].mean == 1
    ours, none = (block.entry(one).figures["defect_psnr_db"] for one in ("masked_median", "none"))
    assert ours.mean == pytest.approx(none.mean)


def test_dilation_grows_the_map_and_changes_good_pixels(lab):
    found = run(lab, dilate_px=1)
    block = found.block(used_map="truth+table")
    assert block.detection["table_left_share"].mean == 0
    grown, plain = (
        found.block(used_map=one).entry("masked_median").figures["good_changed_ppm"].mean
        for one in ("truth+table", "truth")
    )
    assert plain == 0 and grown > 1000


def test_the_map_is_grown_before_it_is_cut():
    defects = DefectMap.of([5, 9], [5, 9], (20, 20), severity_dn=[100, 50])
    held = TableLimits(4, 1).of(defects)
    assert len(held) == 4 and held.mask()[5, 5] and held.mask()[9, 9]
    assert np.array_equal(held.mask(), limited(dilated(defects, 1), 4).mask())
    assert TableLimits().of(defects) is defects


def test_the_page_says_what_it_costs(lab, tmp_path):
    run(lab, capacity=3, dilate_px=1, out=tmp_path)
    page = (tmp_path / "report.html").read_text()
    for words in ("cut to the table", "Cost of the table", "Not in the table", "3 entries a crop"):
        assert words in page


@pytest.mark.parametrize("wrong", [{"capacity": -1}, {"dilate_px": 65}])
def test_impossible_tables_are_refused(lab, wrong):
    with pytest.raises(ScenarioError, match="defect table has"):
        run(lab, **wrong)
