"""The adapter of OpenCV's edge-aware demosaicing."""

import cv2
import numpy as np
import pytest

import isp
from isp.cfa import BAYER_NAMES, CHANNEL_OF_SITE, Cfa


@pytest.mark.parametrize("phase", BAYER_NAMES)
@pytest.mark.parametrize("depth", [8, 16])
def test_a_colour_keeps_its_channels_in_every_phase(phase, depth):
    colour = np.array([200, 90, 30], np.uint8)
    channel = np.asarray(CHANNEL_OF_SITE)[Cfa.parse(phase).index_map((15, 17))]
    picture = isp.stage("opencv_ea", depth=depth)(isp.RawFrame.of(colour[channel], phase)).pixels
    np.testing.assert_allclose(picture, np.broadcast_to(colour / 255.0, (15, 17, 3)), atol=2e-5)


# OpenCV's names from before 4.5.3 start at the second row and column.
OLD_NAMES = {"RGGB": "BG", "GRBG": "GB", "BGGR": "RG", "GBRG": "GR"}


@pytest.mark.parametrize("phase", BAYER_NAMES)
@pytest.mark.parametrize(("depth", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_interior_is_opencvs_own_result(phase, depth, dtype):
    top = np.iinfo(dtype).max
    mosaic = np.random.default_rng(0).integers(0, top, (20, 26), dtype, endpoint=True)
    own = cv2.cvtColor(mosaic, getattr(cv2, f"COLOR_Bayer{OLD_NAMES[phase]}2RGB_EA"))
    picture = isp.stage("opencv_ea", depth=depth)(isp.RawFrame.of(mosaic, phase)).pixels
    codes = np.rint(picture * top).astype(dtype)
    np.testing.assert_array_equal(codes[2:-2, 2:-2], own[2:-2, 2:-2])


def test_values_are_scaled_to_the_full_range_and_clipped():
    mosaic = np.full((8, 8), -5.0, np.float32)
    mosaic[:, 4:] = 2000.0
    frame = isp.RawFrame.of(mosaic, "RGGB", white_dn=1000.0)
    picture = isp.stage("opencv_ea")(frame).pixels
    assert picture.min() == 0.0
    assert picture.max() == 1.0


def test_precision_is_16_bit_of_the_range_not_of_the_codes():
    mosaic = np.full((9, 9), 71, np.uint16)
    frame = isp.RawFrame.of(mosaic, "GRBG", black_dn=64.0, white_dn=1023.0)
    picture = isp.stage("opencv_ea")(frame).pixels
    np.testing.assert_allclose(picture, 7 / 959, atol=0.5 / 65535 + 1e-7)


def test_smallest_frames():
    for shape in [(2, 2), (1, 5), (3, 2)]:
        picture = isp.stage("opencv_ea")(isp.RawFrame.of(np.full(shape, 51, np.uint8), "RGGB"))
        np.testing.assert_allclose(picture.pixels, 0.2, atol=1e-5)
