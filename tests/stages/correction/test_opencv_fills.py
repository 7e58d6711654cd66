import cv2
import numpy as np
import pytest

import isp

METHODS = {"navier_stokes": cv2.INPAINT_NS, "telea": cv2.INPAINT_TELEA}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("radius", [1, 3])
def test_windows_give_what_opencv_gives_on_whole_planes(bayer_case, name, radius):
    case = bayer_case
    stage = isp.stage(name, radius_px=radius, encoding="linear")
    fixed = stage(case.frame, case.defects).mosaic - 64
    for i in range(2):
        for j in range(2):
            plane = np.s_[i::2, j::2]
            levels = np.where(case.mask[plane], 0, case.truth[plane] / 1023 * 255)
            holes = case.mask[plane].astype(np.uint8)
            expected = cv2.inpaint(levels.astype(np.float32), holes, radius, METHODS[name])
            off = np.abs(fixed[plane] - expected / 255 * 1023)
            assert np.percentile(off, 99) < 0.5 and off.max() < 40


@pytest.mark.parametrize("name", METHODS)
def test_values_keep_more_than_eight_bits(make_case, name):
    mask = np.zeros((40, 40), bool)
    mask[17:23, 17:23] = True
    rows, cols = np.mgrid[:40, :40]
    case = make_case("RGGB", mask, 500 + 0.11 * rows + 0.07 * cols)
    repair = isp.stage(name, encoding="linear").repair(case.frame, case.defects)
    levels = (repair.values - 64) / 1023 * 255
    off_grid = np.abs(levels - np.rint(levels))
    assert np.mean(off_grid > 0.01) > 0.9
