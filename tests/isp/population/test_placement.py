"""Where clusters stand: distinct places, laws, borders, separations, numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from isp.cfa import Cfa
from isp.errors import IspError
from isp.frame import Area
from isp.population.groups import Group
from isp.population.placement import Ground

DEAD = {"kind": "dead"}
AREA = Area(0, 0, 120, 100)


def place(group, area=AREA, cfa="RGGB", seed=0):
    ground = Ground(area, Cfa.parse(cfa))
    return ground.place(Group(damage=DEAD, **group), np.random.default_rng(seed))


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 30),
    size=st.integers(1, 5),
    separation=st.integers(0, 4),
    density=st.sampled_from([0.3, 1.0]),
    shape=st.sampled_from(["square", "disc", "line", "blob", "couplet", "row", "column"]),
    seed=st.integers(0, 2**32),
)
def test_clusters_stand_apart_inside_the_area(count, size, separation, density, shape, seed):
    area = Area(3, 5, 120, 101)
    group = {
        "count": count,
        "size_px": size,
        "separation_px": separation,
        "density": density,
        "shape": shape,
    }
    placed = place(group, area, seed=seed)
    flat = placed.rows * 1000 + placed.cols
    assert len(np.unique(flat)) == len(flat)
    assert set(placed.cluster) == set(range(count))
    assert placed.rows.min() >= 3 and placed.rows.max() < 123
    assert placed.cols.min() >= 5 and placed.cols.max() < 106
    label = np.full((126, 110), -1)
    label[placed.rows, placed.cols] = placed.cluster
    reach = 2 * separation + 1
    highest = ndimage.maximum_filter(label, reach)
    lowest = ndimage.minimum_filter(np.where(label < 0, 10**6, label), reach)
    marked = label >= 0
    np.testing.assert_array_equal(highest[marked], label[marked])
    np.testing.assert_array_equal(lowest[marked], label[marked])


def test_every_place_is_reached_borders_and_corners_too():
    placed = place({"count": 100}, Area(0, 0, 10, 10))
    assert len(placed.rows) == 100


def test_a_uniform_law_is_uniform():
    placed = place({"count": 4000}, Area(0, 0, 300, 400))
    counts = np.histogram2d(placed.rows, placed.cols, bins=(6, 8), range=((0, 300), (0, 400)))[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_squares_reach_the_borders_evenly():
    rows = [
        place({"count": 1, "shape": "square", "size_px": 4}, seed=s).rows.min() for s in range(900)
    ]
    counts = np.bincount(np.asarray(rows) // 13, minlength=9)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_poisson_rate_has_its_mean():
    area = Area(0, 0, 250, 400)
    counts = [len(place({"rate_ppm": 100.0}, area, seed=s).rows) for s in range(300)]
    assert np.mean(counts) == pytest.approx(10, abs=4 * np.sqrt(10 / 300))
    assert np.var(counts) == pytest.approx(10, rel=0.35)


def test_clustered_positions_stand_closer_than_uniform_ones():
    area = Area(0, 0, 1000, 1000)
    law = {"law": "clustered", "centres_ppm": 5, "radius_px": 10}

    def nearest(placed):
        gap = np.hypot(
            np.subtract.outer(placed.rows, placed.rows), np.subtract.outer(placed.cols, placed.cols)
        )
        np.fill_diagonal(gap, 1e9)
        return np.median(gap.min(axis=1))

    assert (
        nearest(place({"count": 200, "law": law}, area)) < nearest(place({"count": 200}, area)) / 4
    )


def test_an_impact_thins_out_from_its_centre():
    law = {"law": "impact", "row_share": 0.5, "col_share": 0.25, "radius_px": 40}
    placed = place({"count": 400, "law": law}, Area(0, 0, 801, 801))
    distance = np.hypot(placed.rows - 400, placed.cols - 200)
    assert distance.mean() == pytest.approx(40, rel=0.15)


def test_edge_defects_thin_out_inwards_on_all_sides():
    placed = place({"count": 2000, "law": {"law": "edges", "depth_px": 10}}, Area(0, 0, 300, 500))
    r, c = placed.rows, placed.cols
    depth = np.minimum(np.minimum(r, 299 - r), np.minimum(c, 499 - c))
    assert 4 < depth.mean() < 14
    for side in (r, 299 - r, c, 499 - c):
        assert np.sum(side < 10) > 100


def test_whole_columns_stand_over_what_is_there_and_rows_cross_them():
    ground = Ground(Area(0, 0, 40, 30), Cfa.parse("GBRG"))
    rng = np.random.default_rng(0)
    singles = ground.place(Group(damage=DEAD, count=200), rng)
    columns = ground.place(Group(damage=DEAD, count=3, shape="column", size_px="full"), rng)
    rows = ground.place(Group(damage=DEAD, count=3, shape="row", size_px="full"), rng)
    flat = np.concatenate([p.rows * 100 + p.cols for p in (singles, columns, rows)])
    assert len(np.unique(flat)) == len(flat)
    assert len(set(columns.cols)) == 3 and len(set(rows.rows)) == 3


def test_partial_columns_have_the_length_asked_for():
    placed = place({"count": 6, "shape": "column", "size_px": [30, 60]})
    lengths = np.bincount(placed.cluster)
    assert lengths.min() >= 30 and lengths.max() <= 60


def test_the_border_is_kept_free():
    placed = place({"count": 5, "shape": "square", "size_px": [7, 12], "border_px": "size"})
    assert placed.rows.min() >= 7 and placed.rows.max() < 120 - 7
    assert placed.cols.min() >= 7 and placed.cols.max() < 100 - 7


def test_density_is_the_share_of_the_shape_and_leaves_one_pixel():
    placed = place(
        {"count": 60, "shape": "square", "size_px": 8, "density": 0.5}, Area(0, 0, 400, 400)
    )
    assert len(placed.rows) / (60 * 64) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(60 * 64))
    sparse = place({"count": 50, "shape": "square", "size_px": 2, "density": 0.01})
    assert set(sparse.cluster) == set(range(50))


def test_given_positions_are_taken_and_checked():
    area = Area(2, 3, 20, 20)
    group = {"positions": [(2, 3), (21, 22)]}
    placed = place(group, area)
    assert list(zip(placed.rows, placed.cols, strict=True)) == [(2, 3), (21, 22)]
    with pytest.raises(IspError, match=r"row 0, column 0 lies outside"):
        place({"positions": [(2, 3), (0, 0)]}, area)
    with pytest.raises(IspError, match="on another one"):
        place({"positions": [(5, 5), (5, 6)], "shape": "square", "size_px": 2}, area)


@pytest.mark.parametrize("separations", [(3, 0), (0, 3), (1, 3)])
def test_the_wider_separation_holds_between_groups_in_either_order(separations):
    ground, rng = Ground(Area(0, 0, 40, 40), Cfa.parse("RGGB")), np.random.default_rng(0)
    first, second = (
        ground.place(Group(damage=DEAD, count=30, separation_px=one), rng) for one in separations
    )
    down = np.abs(np.subtract.outer(first.rows, second.rows))
    across = np.abs(np.subtract.outer(first.cols, second.cols))
    assert np.maximum(down, across).min() == 3 + 1


def test_too_many_clusters_are_refused_with_the_number_that_fits():
    with pytest.raises(IspError, match=r"Only \d+ of 50 clusters of shape 'square' fit"):
        place({"count": 50, "shape": "square", "size_px": 40})


def test_a_stage_that_is_no_shape_is_refused():
    with pytest.raises(IspError, match="not a shape"):
        place({"count": 1, "shape": "clusters"})
