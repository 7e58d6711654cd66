import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from isp.comparison.crops import crop_areas, overlap, pasted, separate
from isp.frame import Area, RawFrame


def frame(shape, area=None, cfa="RGGB"):
    return RawFrame.of(np.zeros(shape, np.uint16), cfa, white_dn=1000, active_area=area)


@settings(deadline=None)
@given(
    st.integers(40, 150), st.integers(40, 150), st.integers(0, 9), st.integers(0, 9),
    st.integers(1, 4), st.integers(0, 9), st.sampled_from(["RGGB", "XTRANS", "MONO"]),
)  # fmt: skip
def test_crops_lie_in_the_active_area_at_the_cfas_phase(height, width, top, left, count, seed, cfa):
    area = Area(top, left, height - top - 3, width - left - 5)
    one = frame((height, width), area, cfa)
    rows, cols = one.cfa.period
    for crop in crop_areas(one, count, 32, np.random.default_rng(seed)):
        assert crop.top >= area.top and crop.left >= area.left
        assert crop.bottom <= area.bottom and crop.right <= area.right
        assert (crop.height, crop.width) == (min(32, area.height), min(32, area.width))
        assert (crop.top % rows, crop.left % cols) == (0, 0) or crop.height < 32 + rows


def test_crops_are_apart_where_there_is_room_and_repeat_with_the_seed():
    one = frame((600, 700))
    first = crop_areas(one, 4, 128, np.random.default_rng(3))
    assert first == crop_areas(one, 4, 128, np.random.default_rng(3))
    assert first != crop_areas(one, 4, 128, np.random.default_rng(4))
    assert not any(overlap(a, b) for a in first for b in first if a is not b)


def test_no_crops_ask_for_the_whole_active_area():
    area = Area(3, 5, 50, 60)
    assert crop_areas(frame((80, 90), area), 0, 256, np.random.default_rng(0)) == [area]


def test_blown_out_places_are_avoided():
    mosaic = np.full((300, 300), 1000, np.uint16)
    mosaic[:, 200:] = 10
    one = RawFrame.of(mosaic, "RGGB", white_dn=1000)
    (crop,) = crop_areas(one, 1, 64, np.random.default_rng(1))
    assert (mosaic[crop.slices] == 1000).mean() <= 0.25


def test_parts_are_pasted_where_they_were_cut():
    one = frame((40, 40))
    parts = [Area(0, 0, 8, 8), Area(4, 4, 8, 8), Area(20, 20, 8, 8)]
    assert separate(parts) == [0, 2]
    laid = pasted(one, [(parts[2], np.full((8, 8), 7, np.uint16))], "test")
    assert int((laid.mosaic == 7).sum()) == 64
    assert (laid.mosaic[20:28, 20:28] == 7).all()
    assert laid.meta.provenance[-1] == "test"


def test_overlap_is_of_pixels():
    assert overlap(Area(0, 0, 4, 4), Area(3, 3, 4, 4))
    assert not overlap(Area(0, 0, 4, 4), Area(4, 0, 4, 4))
    assert overlap(Area(0, 0, 9, 9), Area(2, 2, 2, 2))
