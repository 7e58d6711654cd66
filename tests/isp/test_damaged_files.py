"""Real raw files damaged, written as DNG and read back by LibRaw."""

import numpy as np
import pytest
import rawpy

import isp
from isp.io import frames


@pytest.mark.parametrize(
    "name", ["tinydng_colorchart.dng", "RAW_KODAK_DC50.KDC", "mex2025_rpi-gs_c21ff2bc_image.dng"]
)
def test_a_damaged_file_differs_in_the_truth_maps_pixels_only(shared_data, tmp_path, name):
    frame = frames.read(shared_data / "raw" / name)
    found = isp.stage("clusters", protocol="dynamic")(frame, 3)
    changed = frame.mosaic != found.frame.mosaic
    assert changed.any() and not (changed & ~found.truth.mask()).any()
    copy = tmp_path / "damaged.dng"
    isp.write(copy, found.frame)
    again = frames.read(copy)
    np.testing.assert_array_equal(again.mosaic, found.frame.mosaic)
    assert again.cfa == frame.cfa and again.meta.active_area == frame.meta.active_area
    np.testing.assert_allclose(again.levels.black, frame.levels.black)
    np.testing.assert_allclose(again.levels.white, frame.levels.white)
    with rawpy.imread(str(copy)) as raw:
        np.testing.assert_array_equal(raw.raw_image, found.frame.mosaic)


def test_a_real_files_codes_stay_on_its_grid(shared_data):
    frame = frames.read(shared_data / "raw" / "RAW_KODAK_DC50.KDC")
    hot = [{"count": 300, "damage": {"kind": "partially_stuck", "excess": {"dn": [3, 50]}}}]
    found = isp.stage("clusters", population=hot)(frame, 1)
    step = frame.levels.step_dn
    codes = found.frame.mosaic[found.truth.rows, found.truth.cols]
    assert step >= 1 and not np.any(codes % step)
