import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.frame import Area, RawFrame
from isp.windows import group, windows


def masks(max_side=24):
    sides = st.tuples(st.integers(1, max_side), st.integers(1, max_side))
    return st.tuples(sides, st.integers(0, 2**32 - 1), st.floats(0, 1)).map(
        lambda t: np.random.default_rng(t[1]).random(t[0]) < t[2]
    )


@given(masks())
def test_mask_round_trip(mask):
    assert np.array_equal(DefectMap.from_mask(mask).mask(), mask)


def test_entries_are_sorted_and_the_most_severe_of_a_pixel_stays():
    found = DefectMap.of([3, 0, 3], [1, 2, 1], (4, 4), severity_dn=[5, 1, -9], kind=[1, 2, 3])
    assert found.rows.tolist() == [0, 3]
    assert found.severity_dn.tolist() == [1, -9]
    assert found.kind.tolist() == [2, 3]


def test_pixels_outside_the_frame_are_refused_with_count_and_place():
    with pytest.raises(MapError, match=r"1 of 2 .* row 4, column 0"):
        DefectMap.of([0, 4], [0, 0], (4, 4))


def test_a_map_of_another_sensor_is_refused():
    frame = RawFrame.of(np.zeros((4, 6), np.uint16), "RGGB")
    DefectMap.empty(frame).check_fits(frame)
    other = RawFrame.of(np.zeros((4, 6), np.uint16), "BGGR")
    with pytest.raises(MapError, match="RGGB"):
        DefectMap.empty(frame).check_fits(other)
    area = RawFrame.of(np.zeros((4, 6), np.uint16), "RGGB", active_area=Area(0, 2, 4, 4))
    with pytest.raises(MapError):
        DefectMap.empty(frame).check_fits(area)


@given(masks(), st.integers(1, 3))
def test_groups_equal_labels_of_the_dilated_mask(mask, gap):
    """Pixels within ``gap`` are linked: the labels of a graph built the slow way."""
    defects = DefectMap.from_mask(mask)
    near = (
        np.maximum(
            np.abs(defects.rows[:, None] - defects.rows),
            np.abs(defects.cols[:, None] - defects.cols),
        )
        <= gap
    )
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(near)
    found = group(defects, gap)
    assert found.max(initial=-1) + 1 == (count if len(defects) else 0)
    assert len(set(zip(found, label, strict=True))) == (count if len(defects) else 0)


@given(masks())
def test_clusters_are_eight_connected(mask):
    _, count = ndimage.label(mask, structure=np.ones((3, 3)))
    assert DefectMap.from_mask(mask).labelled().cluster.max(initial=-1) + 1 == count


@given(masks(), st.integers(0, 9), st.sampled_from([1, 2, 4, 6]))
def test_windows_hold_their_group_and_start_in_phase(mask, margin, period):
    defects = DefectMap.from_mask(mask)
    found = windows(defects, margin, period=period)
    assert sorted(np.concatenate([w.entries for w in found] or [[]])) == list(range(len(defects)))
    for window in found:
        rows, cols = defects.rows[window.entries], defects.cols[window.entries]
        area = window.area
        assert area.inside(mask.shape)
        assert (area.top % period, area.left % period) == (0, 0)
        assert area.top <= max(rows.min() - margin, 0) and area.bottom > rows.max()
        assert area.left <= max(cols.min() - margin, 0) and area.right > cols.max()


def test_union_keeps_clusters_apart_and_refuses_other_frames():
    one = DefectMap.of([0], [0], (4, 4), cluster=[0], source="a")
    two = DefectMap.of([2, 2], [2, 3], (4, 4), cluster=[0, 0], source="b")
    both = one.united([two])
    assert both.cluster.tolist() == [0, 1, 1]
    assert both.source == "a + b"
    with pytest.raises(MapError):
        one.united([DefectMap.of([], [], (5, 4))])
    rggb, bggr = (DefectMap.of([], [], (4, 4), cfa=Cfa.parse(name)) for name in ("RGGB", "BGGR"))
    assert len(rggb.united([one])) == 1  # which does not know its CFA
    with pytest.raises(MapError, match=r"4×4 RGGB.*4×4 BGGR.*different frames"):
        rggb.united([bggr])


@pytest.mark.parametrize(("row", "col"), [(2, 3), (5, 3), (2, 6), (5, 6), (1, 4), (6, 4), (3, 7)])
def test_entries_inside_an_area_are_those_that_a_crop_keeps(row, col):
    entry, area = DefectMap.of([row], [col], (8, 8)), Area(2, 3, 4, 4)
    assert entry.inside(area).tolist() == [2 <= row <= 5 and 3 <= col <= 6]
    assert len(entry.crop(area)) == entry.inside(area).sum()


def test_crop_moves_coordinates():
    whole = DefectMap.of([1, 3, 5], [2, 4, 6], (8, 8))
    part = whole.crop(Area(2, 3, 4, 4))
    assert (part.rows.tolist(), part.cols.tolist()) == ([1, 3], [1, 3])


def test_kinds_read_back_their_labels():
    for kind in DefectKind:
        assert DefectKind.parse(kind.label) is kind
    with pytest.raises(MapError, match="hot"):
        DefectKind.parse("cold")
