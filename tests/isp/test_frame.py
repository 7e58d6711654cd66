import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isp.cfa import Cfa
from isp.errors import FrameError
from isp.frame import Area, FrameMeta, RawFrame, RgbFrame
from isp.levels import Levels


def frame(shape=(6, 8), dtype=np.uint16, cfa="RGGB", **fields):
    mosaic = np.arange(shape[0] * shape[1]).reshape(shape).astype(dtype)
    return RawFrame.of(mosaic, cfa, **fields)


def test_pixels_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        frame().mosaic[0, 0] = 1


def test_a_frame_does_not_freeze_the_callers_array():
    mosaic = np.zeros((4, 4), np.uint16)
    RawFrame.of(mosaic, "RGGB")
    mosaic[0, 0] = 1


@pytest.mark.parametrize(
    ("dtype", "shape"), [(np.int16, (4, 4)), (np.float64, (4, 4)), (np.uint16, (0, 4))]
)
def test_wrong_arrays_are_refused(dtype, shape):
    with pytest.raises(FrameError):
        frame(shape, dtype)


def test_metadata_must_agree_with_the_pixels():
    meta = frame().meta
    with pytest.raises(FrameError, match="metadata say"):
        RawFrame(np.zeros((3, 3), np.uint16), meta)
    with pytest.raises(FrameError, match="outside the frame"):
        frame(active_area=Area(0, 0, 99, 2))
    with pytest.raises(FrameError, match="not raw"):
        RgbFrame(np.zeros((6, 8, 3), np.uint16), meta)


def test_levels_per_site_follow_the_cfa():
    levels = Levels.of([[1.0, 2.0], [3.0, 4.0]], 100.0)
    meta = FrameMeta((3, 3), np.dtype(np.uint16), Cfa.parse("RGGB"), levels)
    signal = RawFrame(np.full((3, 3), 10, np.uint16), meta).signal()
    assert signal.tolist() == [[9, 8, 9], [7, 6, 7], [9, 8, 9]]


def test_signal_is_signed_and_exact():
    dark = RawFrame.of(np.array([[0, 65535]], np.uint16), "MONO", black_dn=1024.25)
    assert dark.signal().tolist() == [[-1024.25, 64510.75]]


def test_white_must_lie_above_black():
    with pytest.raises(FrameError, match="white level"):
        frame(black_dn=100, white_dn=100)


@given(st.integers(0, 5), st.integers(0, 6), st.sampled_from(["RGGB", "GBRG", "XTRANS", "MONO"]))
def test_a_crop_keeps_colour_and_level_of_each_pixel(top, left, cfa):
    levels = Levels.of(np.arange(4.0).reshape(2, 2), 1000)
    whole = frame((12, 14), cfa=cfa)
    whole = RawFrame(whole.mosaic, whole.meta.then("levels", levels=levels))
    area = Area(top, left, 5, 7)
    crop = whole.crop(area)
    assert np.array_equal(crop.mosaic, whole.mosaic[area.slices])
    assert np.array_equal(crop.signal(), whole.signal()[area.slices])
    assert np.array_equal(crop.cfa.index_map((5, 7)), whole.cfa.index_map((12, 14))[area.slices])


def test_codes_stay_on_the_grid_after_black_is_taken_off():
    levels = Levels((((10.0,),)), ((90.0,),), ((90.0,),), ((10.0,),))
    rows = cols = np.zeros(4, int)
    moved = levels.to_grid(np.array([-20.0, 0.4, 0.6, 500.0]), rows, cols)
    assert moved.tolist() == [-10.0, 0.0, 1.0, 90.0]


def test_levels_upside_down_are_told_as_numbers():
    with pytest.raises(FrameError, match=r"got black 600 and white 500 DN"):
        Levels.of(600.0, 500.0)
    with pytest.raises(FrameError, match=r"got black 1 2 / 3 4 and white 3 DN"):
        Levels.of([[1.0, 2.0], [3.0, 4.0]], 3.0)
