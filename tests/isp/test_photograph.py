"""Photographs as mosaics."""

import numpy as np
import pytest

import isp
from isp.cfa import CHANNEL_OF_SITE
from isp.photograph import plain, unprocessed
from isp.registry import load_sensor
from isp.transfer import srgb_encoded


@pytest.fixture(scope="module")
def picture():
    rng = np.random.default_rng(0)
    smooth = rng.random((5, 7, 3)).repeat(12, axis=0).repeat(12, axis=1)
    return smooth.astype(np.float32)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "BGGR", "GBRG", "XTRANS", "QUAD_GRBG", "MONO"])
def test_plain_undoes_the_curve_and_no_more(picture, cfa):
    frame, reference = plain(picture, cfa)
    assert frame is reference and frame.mosaic.dtype == np.uint16
    assert frame.meta.white_balance == (1, 1, 1)
    assert (frame.levels.black_dn[0][0], frame.levels.white_dn[0][0]) == (256, 4095)
    if cfa == "MONO":
        return
    back = srgb_encoded(frame.normalised())
    channel = np.asarray(CHANNEL_OF_SITE)[frame.cfa.index_map(frame.shape)]
    expected = np.take_along_axis(picture, channel[..., None], axis=2)[..., 0]
    np.testing.assert_allclose(back, expected, atol=2e-3)


def test_black_and_white_hit_the_rails():
    ends = np.zeros((4, 4, 3), np.float32)
    ends[2:] = 1
    codes = plain(ends)[0].mosaic
    assert set(codes[:2].ravel()) == {256} and set(codes[2:].ravel()) == {4095}


def test_unprocessed_is_a_camera_frame_with_its_noise(picture):
    sensor = load_sensor("phone").model_copy(
        update={"prnu_percent": 0.0, "dsnu_e": 0.0, "gb_excess_percent": 0.0}
    )
    frame, reference = unprocessed(picture, np.random.default_rng(1), sensor)
    assert frame.meta.white_balance[0] > 1.2 and frame.meta.camera_matrix is not None
    assert (
        reference.mosaic.dtype == np.float32 and reference.levels.black_dn == frame.levels.black_dn
    )
    good = reference.normalised() < 0.95
    z = (frame.mosaic - reference.mosaic)[good] / frame.meta.noise.sigma_dn(
        reference.signal()[good]
    )
    assert z.mean() == pytest.approx(0, abs=0.1) and z.std() == pytest.approx(1, abs=0.08)


def test_unprocessed_highlights_saturate_all_colours():
    white = np.ones((32, 32, 3), np.float32)
    frame, _ = unprocessed(white, np.random.default_rng(0), load_sensor("full_frame_24mp"))
    assert (frame.normalised() > 0.98).all()


def test_seeds_and_shapes(picture):
    sensor = load_sensor("phone")
    first, again, other = (
        unprocessed(picture, np.random.default_rng(s), sensor)[0].mosaic for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    with pytest.raises(isp.IspError, match="photograph"):
        plain(np.zeros((4, 4), np.float32))


@pytest.mark.parametrize(
    ("bits", "black", "white"), [(8, 16, 255), (10, 64, 1023), (14, 1024, 16383)]
)
def test_plain_has_any_depth(picture, bits, black, white):
    frame, _ = plain(picture, "RGGB", bits)
    assert (frame.levels.black_dn[0][0], frame.levels.white_dn[0][0]) == (black, white)
    fine = plain(picture, "RGGB", 16)[0].normalised()
    np.testing.assert_allclose(frame.normalised(), fine, atol=0.51 / (white - black) + 1e-5)
    with pytest.raises(isp.IspError, match="8 to 16 bits"):
        plain(picture, "RGGB", 17)
