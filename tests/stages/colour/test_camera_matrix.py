"""Camera RGB to linear sRGB, against NumPy and LibRaw's rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.errors import StageError
from isp.segments import run_segment

# DNG ColorMatrix2 (D65) of the Canon EOS 550D, as in LibRaw's table.
CANON = ((0.6941, -0.1164, -0.0857), (-0.3825, 1.1597, 0.2345), (-0.0416, 0.1540, 0.6039))
ROUNDING = 5e-4  # of the standard's two matrices, each given with four decimals


def picture(shape=(9, 14), matrix=CANON, seed=0, **fields):
    pixels = np.random.default_rng(seed).random((*shape, 3)).astype(np.float32)
    raw = isp.RawFrame.of(np.zeros(shape, np.float32), "RGGB", camera_matrix=matrix, **fields)
    return isp.RgbFrame(pixels, raw.meta.then("test", space="camera"))


def slow(pixels, matrix):
    import colour

    to_camera = np.array(matrix) @ colour.RGB_COLOURSPACES["sRGB"].matrix_RGB_to_XYZ
    to_camera /= to_camera.sum(axis=1, keepdims=True)
    return np.einsum("ij,hwj->hwi", np.linalg.inv(to_camera), pixels.astype(np.float64))


def test_equals_the_row_normalised_inverse():
    frame = picture()
    result = isp.stage("camera_matrix")(frame)
    assert result.meta.space == "linear_srgb"
    assert result.pixels.dtype == np.float32
    np.testing.assert_allclose(result.pixels, slow(frame.pixels, CANON), atol=ROUNDING)


def test_white_stays_white():
    frame = picture()
    grey = isp.RgbFrame(np.full_like(frame.pixels, 0.75), frame.meta)
    np.testing.assert_allclose(isp.stage("camera_matrix")(grey).pixels, 0.75, atol=1e-6)


def test_a_given_matrix_goes_before_the_frames_own():
    frame = picture(matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    result = isp.stage("camera_matrix", xyz_to_camera=CANON)(frame)
    np.testing.assert_allclose(result.pixels, slow(frame.pixels, CANON), atol=ROUNDING)


def test_without_a_matrix_the_picture_stays_and_the_provenance_says_so():
    frame = picture(matrix=None)
    result = isp.stage("camera_matrix")(frame)
    np.testing.assert_array_equal(result.pixels, frame.pixels)
    assert "none known" in result.meta.provenance[-1]


def test_gains_still_to_be_applied_are_applied():
    gains = (2.0, 1.0, 1.5)
    frame = picture(white_balance=gains)
    result = isp.stage("camera_matrix")(frame)
    np.testing.assert_allclose(result.pixels, slow(frame.pixels * gains, CANON), atol=2 * ROUNDING)
    assert result.meta.white_balance == (1.0, 1.0, 1.0)


def test_a_singular_matrix_is_refused():
    flat = ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    with pytest.raises(StageError, match="inverted"):
        isp.stage("camera_matrix")(picture(matrix=flat))


@settings(max_examples=10, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    strip=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_strips_do_not_change_the_result(shape, strip, seed):
    frame = picture(shape, seed=seed)
    plan = isp.stage("camera_matrix").plan(frame.meta)
    whole = run_segment(frame, [plan], strip_rows=shape[0], threads=1).pixels
    np.testing.assert_array_equal(run_segment(frame, [plan], strip_rows=strip).pixels, whole)
