import numpy as np
import pytest
from skimage.restoration import inpaint_biharmonic

import isp


@pytest.fixture
def inner_case(make_case):
    """Holes that keep two plane pixels from the border, where scikit-image treats edges its own way."""
    mask = np.zeros((56, 60), bool)
    mask[15:24, 17:27] = True
    mask[30:34, 40:44] = True
    mask[44, 10:14] = mask[45, 30] = mask[40:48, 50] = True
    rows, cols = np.mgrid[:56, :60]
    pixels = 500 + 200 * np.sin(rows / 9) * np.cos(cols / 7)
    return make_case("GRBG", mask, pixels + np.random.default_rng(4).uniform(-30, 30, mask.shape))


def test_equals_scikit_image_in_every_plane(inner_case):
    case = inner_case
    fixed = isp.stage("biharmonic", encoding="linear")(case.frame, case.defects).mosaic - 64
    for i in range(2):
        for j in range(2):
            plane = np.s_[i::2, j::2]
            scaled = np.where(case.mask[plane], 0, case.truth[plane].astype(float) / 1023)
            # scikit-image clips to the range of the known values: keep that out of the comparison.
            expected = inpaint_biharmonic(scaled, case.mask[plane]) * 1023
            known = case.truth[plane][~case.mask[plane]]
            got = np.clip(fixed[plane], known.min(), known.max())
            np.testing.assert_allclose(got, expected, atol=0.5)


def test_a_cubic_surface_is_restored(make_case):
    rows, cols = np.mgrid[-24:24, -25:25] / 24.0
    mask = np.zeros((48, 50), bool)
    mask[18:27, 20:30] = True
    case = make_case("RGGB", mask, 500 + 200 * rows**3 - 150 * rows * cols**2 + 90 * cols)
    fixed = isp.stage("biharmonic", encoding="linear")(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic - 64, case.truth, atol=0.3)
