import numpy as np
import pytest

from isp.comparison.records import Record
from isp.comparison.summary import SCORES, summarise


def rows(stage, values, metric="defect_psnr_db", used_map="truth", **place):
    where = {"kind": "all", "size": "all", "density": "all", "channel": "all", **place}
    return [
        Record(
            f"image{k // 2}", f"{k % 2}:0", "p", "v", used_map, stage, *where.values(), metric, v
        )
        for k, v in enumerate(values)
    ]


def block(records, stages=("a", "b", "net"), classical=("a", "b")):
    (one,) = summarise(records, stages, classical)
    return one


def test_leads_are_paired_and_over_the_best_other_classical_stage():
    one = block(
        rows("a", [30, 32, 20, 22]) + rows("b", [31, 33, 22, 24]) + rows("net", [32, 34, 23, 25])
    )
    lead = one.entry("net").leads["defect_psnr_db"]
    assert lead.over == "b" and lead.interval.mean == pytest.approx(1)
    assert (lead.interval.low, lead.interval.high) == pytest.approx((1, 1))
    assert one.entry("b").leads["defect_psnr_db"].over == "a"
    assert one.entry("a").leads["defect_psnr_db"].interval.mean == pytest.approx(-1.5)


def test_the_best_opponent_is_chosen_for_each_figure():
    one = block(
        rows("a", [30, 30]) + rows("b", [31, 31]) + rows("net", [29, 29])
        + rows("a", [1, 1], "area_delta_e") + rows("b", [2, 2], "area_delta_e")
        + rows("net", [0.5, 0.5], "area_delta_e")
    )  # fmt: skip
    leads = one.entry("net").leads
    assert leads["defect_psnr_db"].over == "b"
    assert leads["area_delta_e"].over == "a"
    assert one.best("defect_psnr_db") == "b" and one.best("area_delta_e") == "net"


def test_only_crops_that_both_have_are_paired():
    one = block(rows("a", [30, 32, 20, 22]) + rows("net", [31, 33]), ("a", "net"), ("a",))
    lead = one.entry("net").leads["defect_psnr_db"]
    assert lead.interval.mean == pytest.approx(1) and lead.interval.count == 2


def test_damaged_and_clean_have_no_rank():
    records = rows("a", [30, 30]) + rows("none", [9, 9], used_map="none")
    one = block(records + rows("clean", [100, 100], used_map="none"))
    assert one.best("defect_psnr_db") == "a"
    assert one.entry("none").leads == {} and one.entry("clean").leads == {}
    assert one.entries[0].stage == "a"


def test_the_first_row_is_the_one_that_repairs_best_and_stages_on_pictures_come_behind():
    records = rows("a", [30, 30]) + rows("a", [36, 36], "area_psnr_db")
    records += rows("b", [32, 32]) + rows("b", [35, 35], "area_psnr_db")
    for name, area in (("net", 37), ("rgb", 38), ("clean", 99)):
        records += rows(name, [area, area], "area_psnr_db")
    one = block(records, ("a", "b", "net", "rgb"))
    assert [entry.stage for entry in one.entries] == ["b", "a", "rgb", "net", "clean"]
    assert one.best(SCORES[0]) == one.entries[0].stage


def test_stages_without_a_map_stand_in_every_maps_block():
    records = rows("a", [30, 30]) + rows("a", [25, 25], used_map="wrong10")
    blocks = summarise(records + rows("b", [20, 20], used_map="none"), ["a", "b"], ["a", "b"])
    assert [one.map for one in blocks] == ["truth", "wrong10"]
    assert [one.entry("b").figures["defect_psnr_db"].mean for one in blocks] == [20, 20]
    assert [one.entry("a").figures["defect_psnr_db"].mean for one in blocks] == [30, 25]


def test_breakdowns_are_ordered_as_a_reader_expects():
    records = rows("a", [30, 30])
    for size in ("10x10", "8x8", "1x8"):
        records += rows("a", [30, 31], size=size)
    for channel in ("B", "R", "G"):
        records += rows("a", [30, 32], channel=channel)
    records += rows("a", [1, 1], kind="hot", size="8x8", density="1.00")
    found = {one.dimension: one for one in block(records).breakdowns}
    assert found["size"].columns == ("1x8", "8x8", "10x10")
    assert found["channel"].columns == ("R", "G", "B")
    assert found["size"].rows["a"]["8x8"] == pytest.approx(30.5)
    assert "kind" not in found  # one value of a dimension tells nothing apart


def test_intervals_are_over_images():
    values = [20, 20, 30, 30, 40, 40]
    interval = block(rows("a", values)).entry("a").figures["defect_psnr_db"]
    assert interval.unit == "image" and interval.count == 6
    assert interval.low < 25 and interval.high > 35
    assert np.isclose(interval.mean, 30)


def test_stages_that_get_no_map_stand_under_none_with_the_detectors_figures_beside():
    found = rows("dynamic", [0.8, 0.9], "detection_recall", "detected")
    one = block(rows("a", [30, 32], used_map="none") + found)
    assert one.map == "none" and one.detection["detection_recall"].mean == pytest.approx(0.85)
    assert block(rows("a", [30, 32], used_map="detected") + found).map == "detected"
