import math
import re
from itertools import pairwise

import pytest

from isp.comparison.summary import Lead
from isp.metrics.bootstrap import Interval
from isp.report import tables
from isp.report.plot import Point, scatter


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (1.234, 2, False, "1.23"),
        (-0.5, 1, False, "−0.5"),
        (0.5, 1, True, "+0.5"),
        (-0.001, 2, True, "0.00"),
        (math.nan, 2, False, "–"),
        (math.inf, 2, False, "–"),
    ],
)
def test_numbers_as_text(value, digits, signed, text):
    assert tables.number(value, digits, signed=signed) == text


def test_figures_are_shown_in_their_units():
    assert tables.shown("defect_residual_share", 0.257) == "25.7"
    assert tables.shown("defect_bias_percent", 0.5) == "+0.50"
    assert tables.shown("defect_psnr_db", 100.0) == "exact"
    assert tables.shown("area_psnr_db@menon", 31.0) == "31.00"


@pytest.mark.parametrize(
    ("value_ms", "text"), [(0.01234, "0.012"), (0.5, "0.500"), (12.345, "12.3"), (4567.8, "4568")]
)
def test_durations_have_three_digits(value_ms, text):
    assert tables.duration(value_ms) == text


def test_a_lead_names_its_opponent_and_its_interval():
    cell = tables.lead_cell("area_psnr_db", Lead("fsr", Interval(1.5, 0.9, 2.1, 8, "image")))
    assert cell.text == "+1.50" and cell.below == ("+0.90 … +2.10", "over fsr")
    single = tables.lead_cell(
        "area_psnr_db", Lead("fsr", Interval(1.5, math.nan, math.nan, 1, "crop"))
    )
    assert single.below == ("over fsr",)


def test_columns_in_which_all_are_alike_have_no_best(comparison):
    block = comparison.block("dead", "truth")
    table = tables.more_table(comparison, block)
    marks = {
        head[0]: [row.cells[k].best for row in table.rows] for k, head in enumerate(table.heads)
    }
    assert sum(marks["Ring changed"]) == 1
    assert sum(marks["Not repaired"]) == 0
    assert all(sum(column) <= 2 for column in marks.values())


def test_the_overview_has_a_column_for_each_damage_and_map(comparison):
    table = tables.overview_table(comparison, "area_psnr_db")
    assert [head[:2] for head in table.heads] == [
        ("dead", "truth"), ("dead", "detected"), ("hot", "truth"), ("hot", "detected"),
    ]  # fmt: skip
    assert [row.stage for row in table.rows[-2:]] == ["none", "clean"]


def points(costs, values=None):
    values = values or [20 + k for k in range(len(costs))]
    return [Point(f"s<{k}>", "corrector", c, v, v - 1, v + 1)
            for k, (c, v) in enumerate(zip(costs, values, strict=True))]  # fmt: skip


def test_the_plot_is_logarithmic_in_cost_and_upright_in_quality():
    svg = scatter(points([0.1, 1, 10]), "PSNR, dB")
    dots = [
        (float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    ]
    xs, ys = zip(*dots, strict=True)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2) and xs[0] < xs[1]
    assert ys[0] > ys[1] > ys[2]
    assert all(0 <= x <= 760 and 0 <= y <= 380 for x, y in dots)
    assert "s&lt;0&gt;" in svg and "s<0>" not in svg


@pytest.mark.parametrize("values", [[25.0], [25.0, 25.0, 25.0]])
def test_one_point_or_equal_points_can_be_plotted(values):
    svg = scatter(points([1.0] * len(values), values), "PSNR")
    assert svg.count("<circle") == len(values)


def test_labels_of_close_points_do_not_cover_one_another():
    svg = scatter(points([1.0, 1.01, 1.02], [25, 25.01, 25.02]), "PSNR")
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)" class="name"', svg))
    assert all(b - a >= 12 for a, b in pairwise(heights))


def test_nothing_to_plot_is_nothing():
    assert scatter([], "PSNR") == ""
