import numpy as np
from scipy import ndimage

import isp
from isp.defects import DefectMap
from isp.frame import Area, RawFrame


def test_is_the_plane_median_with_the_marked_pixels_in_it(bayer_case):
    case = bayer_case
    repair = isp.stage("rawpy_repair").repair(case.frame, case.defects)
    expected = np.zeros(case.mask.shape, np.float32)
    for i in range(2):
        for j in range(2):
            plane = case.frame.mosaic[i::2, j::2]
            expected[i::2, j::2] = ndimage.median_filter(plane, 3, mode="nearest")
    np.testing.assert_array_equal(repair.values, expected[case.mask])


def test_works_from_an_active_area_at_odd_offsets():
    rng = np.random.default_rng(1)
    mosaic = rng.integers(200, 3000, (41, 43)).astype(np.uint16)
    area = Area(3, 5, 33, 34)
    frame = RawFrame.of(mosaic, "RGGB", black_dn=100, white_dn=4095, active_area=area)
    defects = DefectMap.for_frame([0, 10, 20], [0, 10, 21], frame)
    repair = isp.stage("rawpy_repair").repair(frame, defects)
    assert repair.repaired.tolist() == [False, True, True]
    for k, (r, c) in enumerate(((10, 10), (20, 21)), start=1):
        block = mosaic[r - 2 : r + 3 : 2, c - 2 : c + 3 : 2]
        assert repair.values[k] == np.median(block)


def test_prints_nothing(bayer_case, capsys):
    isp.stage("rawpy_repair").repair(bayer_case.frame, bayer_case.defects)
    assert capsys.readouterr().out == ""
