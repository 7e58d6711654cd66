"""The hardware blocks against slow references written from their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.cfa import BAYER_NAMES
from isp.frame import RawFrame
from isp.local import border_indices
from isp.segments import run_segment

STAGES = ("clamp", "median8", "min_gradient")
DTYPES = (np.uint8, np.uint16, np.float32)
SIZES = ((1, 1), (1, 7), (2, 2), (3, 5), (5, 5), (7, 6), (12, 33), (41, 70))


def frame_of(shape, dtype, cfa, seed=0):
    """A gradient with noise and a few far outliers."""
    rng = np.random.default_rng(seed)
    picture = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) + rng.normal(60, 3, shape)
    picture[rng.random(shape) < 0.05] = 250
    picture[rng.random(shape) < 0.05] = 0
    if dtype == np.float32:
        picture = picture - 20  # signed, as after black subtraction
    white = 255.0 if dtype != np.uint16 else 4095.0
    return RawFrame.of(np.clip(picture, -20, 255).astype(dtype), cfa, white_dn=white)


def neighbours(frame):
    """Values of the eight same-colour neighbours, (8, H, W): up-left, up, ... in reading order."""
    height, width = frame.shape
    down, right = frame.cfa.period
    rows = border_indices(-down, height + down, height, "plane", down)
    cols = border_indices(-right, width + right, width, "plane", right)
    padded = frame.mosaic[np.ix_(rows, cols)]
    steps = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2) if (i, j) != (1, 1)]
    return np.stack(
        [padded[i * down : i * down + height, j * right : j * right + width] for i, j in steps]
    )


def mean_of_two(low, high, dtype):
    if dtype == np.float32:
        return (low + high) * np.float32(0.5)
    return ((low.astype(np.int64) + high.astype(np.int64)) // 2).astype(dtype)


def clamp_reference(frame, threshold):
    four = neighbours(frame)[[1, 3, 4, 6]]
    return np.clip(frame.mosaic, four.min(0), four.max(0))


def median8_reference(frame, threshold):
    ordered = np.sort(neighbours(frame), 0)
    median = mean_of_two(ordered[3], ordered[4], frame.mosaic.dtype)
    change = np.abs(frame.mosaic.astype(np.float64) - median)
    return np.where(change > threshold, median, frame.mosaic)


def min_gradient_reference(frame, threshold):
    near = neighbours(frame)
    p = frame.mosaic.astype(np.float64)
    far = np.abs(p - near.astype(np.float64)).min(0) > threshold
    beyond = (p > near.max(0)) | (p < near.min(0))
    pairs = [np.sort(near[list(ends)], 0) for ends in ((3, 4), (1, 6), (0, 7), (5, 2))]
    gradients = np.stack([high - low for low, high in pairs])
    means = np.stack([mean_of_two(low, high, near.dtype) for low, high in pairs])
    best = np.take_along_axis(means, gradients.argmin(0)[None], 0)[0]
    return np.where(far & beyond, best, frame.mosaic)


REFERENCES = {
    "clamp": clamp_reference,
    "median8": median8_reference,
    "min_gradient": min_gradient_reference,
}


def params(name, threshold):
    return {} if name == "clamp" else {"threshold": threshold}


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cfa", [*BAYER_NAMES, "MONO"])
def test_equals_the_slow_reference_at_every_size(name, dtype, cfa):
    for shape in SIZES:
        frame = frame_of(shape, dtype, cfa)
        white = float(frame.levels.white[0, 0])
        for threshold in (0.0, 0.02, 0.1):
            fixed, defects = isp.stage(name, **params(name, threshold))(frame)
            limit = np.float32(threshold * white) if dtype == np.float32 else threshold * white
            expected = REFERENCES[name](frame, limit)
            np.testing.assert_array_equal(fixed.mosaic, expected)
            np.testing.assert_array_equal(defects.mask(), fixed.mosaic != frame.mosaic)


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("cfa", ["GRBG", "MONO"])
def test_strips_and_threads_do_not_change_a_bit(name, cfa):
    for dtype in DTYPES:
        frame = frame_of((57, 91), dtype, cfa)
        op = isp.stage(name).plan(frame.meta)
        whole = run_segment(frame, [op], strip_rows=57, threads=1).mosaic
        for rows, threads in ((1, 1), (2, 2), (8, 2), (13, 1)):
            part = run_segment(frame, [op], strip_rows=rows, threads=threads).mosaic
            np.testing.assert_array_equal(part, whole)


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("value", [0, 255])
def test_a_single_is_found_at_every_position_of_small_odd_frames(name, value):
    """The classic fault: a reflected border makes a pixel its own neighbour in rows 1 and N-2."""
    for shape in ((5, 5), (7, 6), (4, 9)):
        for row in range(shape[0]):
            for col in range(shape[1]):
                mosaic = np.full(shape, 100, np.uint16)
                mosaic[row, col] = value
                frame = RawFrame.of(mosaic, "RGGB", white_dn=255)
                fixed, defects = isp.stage(name)(frame)
                assert fixed.mosaic[row, col] == 100
                assert defects.mask()[row, col]
                if name != "median8":
                    assert len(defects) == 1


def test_median8_touches_no_good_pixel_but_a_corner_whose_diagonal_is_bad():
    """At a corner the reflected diagonal counts four times of eight: a tie that no median settles."""
    for row in range(12):
        for col in range(13):
            mosaic = np.full((12, 13), 100, np.uint16)
            mosaic[row, col] = 255
            _, defects = isp.stage("median8")(RawFrame.of(mosaic, "RGGB", white_dn=255))
            others = defects.mask()
            others[row, col] = False
            others[np.ix_([0, 1, -2, -1], [0, 1, -2, -1])] = False
            assert not others.any()


@pytest.mark.parametrize("name", STAGES)
def test_extreme_codes_do_not_wrap_around(name):
    for dtype in (np.uint8, np.uint16):
        top = np.iinfo(dtype).max
        for ground, spike in ((0, top), (top, 0)):
            mosaic = np.full((9, 9), ground, dtype)
            mosaic[4, 4] = spike
            fixed, _ = isp.stage(name)(RawFrame.of(mosaic, "BGGR"))
            assert (fixed.mosaic == ground).all()


@pytest.mark.parametrize("name", ["median8", "min_gradient"])
def test_threshold_is_a_fraction_of_the_range_above_black(name):
    mosaic = np.full((9, 9), 500, np.uint16)
    mosaic[4, 4] = 600
    frame = RawFrame.of(mosaic, "RGGB", black_dn=200, white_dn=1200)
    assert len(isp.stage(name, threshold=0.1)(frame)[1]) == 0
    assert len(isp.stage(name, threshold=0.099)(frame)[1]) == 1


@pytest.mark.parametrize("name", STAGES)
def test_a_couplet_of_equal_pixels_survives_the_interval_tests(name):
    """Why these blocks are the opponents: what has a twin of its colour lies inside the interval."""
    mosaic = np.full((12, 12), 100, np.uint16)
    mosaic[5, 4] = mosaic[5, 6] = 200
    _, defects = isp.stage(name)(RawFrame.of(mosaic, "RGGB", white_dn=255))
    assert len(defects) == (2 if name == "median8" else 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from(STAGES), st.integers(0, 2**32 - 1))
def test_results_never_leave_the_range_of_the_neighbourhood(height, width, name, seed):
    rng = np.random.default_rng(seed)
    frame = RawFrame.of(rng.integers(0, 65536, (height, width)).astype(np.uint16), "GBRG")
    near = np.concatenate((neighbours(frame), frame.mosaic[None]))
    fixed = isp.stage(name)(frame)[0].mosaic
    assert (fixed >= near.min(0)).all()
    assert (fixed <= near.max(0)).all()
