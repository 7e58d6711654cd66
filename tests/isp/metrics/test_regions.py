import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isp.defects import DefectKind, DefectMap
from isp.errors import FrameError
from isp.frame import Area
from isp.metrics.regions import area_mask, clusters_of, grown, ring_mask


def test_clusters_carry_kind_size_and_density():
    block = np.zeros((20, 30), bool)
    block[4:12, 6:14] = True
    block[5:12:2, 6:14] = False  # every other row good: half dense
    rows, cols = np.nonzero(block)
    truth = DefectMap.of(
        [*rows, 0, 19],
        [*cols, 29, 0],
        (20, 30),
        kind=[DefectKind.HOT] * len(rows) + [DefectKind.DEAD] * 2,
        cluster=[0] * len(rows) + [-1, -1],
    )
    found = clusters_of(truth)
    assert [c.size for c in found] == ["1x1", "7x8", "1x1"]
    assert [c.kind for c in found] == ["dead", "hot", "dead"]
    assert [c.density for c in found] == ["1.00", "0.50", "1.00"]
    assert sum(len(c.entries) for c in found) == len(truth)


def test_a_map_without_defects_has_no_clusters():
    assert clusters_of(DefectMap.of([], [], (8, 8))) == []


@given(
    st.integers(7, 40), st.integers(7, 40), st.integers(0, 39), st.integers(0, 39),
    st.integers(1, 12), st.integers(1, 12),
)  # fmt: skip
def test_a_grown_box_holds_the_box_and_stays_inside(height, width, top, left, h, w):
    top, left = min(top, height - 1), min(left, width - 1)
    box = Area(top, left, min(h, height - top), min(w, width - left))
    large = grown(box, (height, width))
    assert large.inside((height, width))
    assert (large.height, large.width) == (max(box.height, 7), max(box.width, 7))
    assert large.top <= box.top and large.bottom >= box.bottom
    assert large.left <= box.left and large.right >= box.right


def test_a_frame_too_small_for_an_area_is_refused():
    with pytest.raises(FrameError, match="at least 7×7"):
        grown(Area(0, 0, 1, 1), (6, 30))


def test_areas_are_united():
    mask = area_mask([Area(0, 0, 2, 2), Area(1, 1, 2, 2)], (4, 4))
    assert int(mask.sum()) == 7


@given(st.sets(st.tuples(st.integers(0, 15), st.integers(0, 17)), min_size=1, max_size=12))
def test_the_ring_is_good_and_near(places):
    defects = np.zeros((16, 18), bool)
    for place in places:
        defects[place] = True
    ring = ring_mask(defects)
    rows, cols = np.indices(defects.shape)
    distance = np.min([np.maximum(abs(rows - r), abs(cols - c)) for r, c in places], axis=0)
    assert np.array_equal(ring, (distance >= 1) & (distance <= 4))
