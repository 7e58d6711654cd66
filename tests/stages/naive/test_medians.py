import numpy as np
import pytest
from scipy import ndimage

import isp
from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.levels import Levels


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "MONO"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_plane_median_equals_scipy(cfa, dtype):
    mosaic = np.random.default_rng(0).integers(0, 255, (31, 37)).astype(dtype)
    frame = RawFrame.of(mosaic, cfa, white_dn=255.0)
    fixed = isp.stage("plane_median")(frame).mosaic
    step = frame.cfa.period[0]
    for i in range(step):
        for j in range(step):
            plane = mosaic[i::step, j::step]
            expected = ndimage.median_filter(plane, 3, mode="mirror")
            np.testing.assert_array_equal(fixed[i::step, j::step], expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_rgb_median_equals_scipy(dtype):
    pixels = np.random.default_rng(0).integers(0, 255, (30, 33, 3)).astype(dtype)
    meta = FrameMeta(
        (30, 33), np.dtype(dtype), isp.Cfa.parse("RGGB"), Levels.of(0, 255), space="display"
    )
    fixed = isp.stage("rgb_median")(RgbFrame(pixels, meta)).pixels
    for k in range(3):
        expected = ndimage.median_filter(pixels[..., k], 3, mode="mirror")
        np.testing.assert_array_equal(fixed[..., k], expected)
