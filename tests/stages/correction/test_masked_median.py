import numpy as np
import pytest

import isp


@pytest.mark.parametrize("green", ["split", "merged"])
@pytest.mark.parametrize("min_good", [1, 3, 8])
def test_equals_plain_numpy_on_every_cfa(random_case, rings, green, min_good):
    case = random_case
    repair = isp.stage("masked_median", green=green, min_good=min_good).repair(
        case.frame, case.defects
    )
    expected = [
        np.median(rings(case, r, c, green, min_good)[0]) + 64
        for r, c in zip(case.defects.rows, case.defects.cols, strict=True)
    ]
    assert repair.repaired.all()
    np.testing.assert_allclose(repair.values, expected, rtol=1e-6)


def test_nothing_in_reach_is_not_repaired(make_case):
    mask = np.zeros((40, 40), bool)
    mask[5:35, 5:35] = True
    case = make_case("RGGB", mask)
    repair = isp.stage("masked_median", reach_px=4).repair(case.frame, case.defects)
    left = np.zeros((40, 40), bool)
    left[case.defects.rows[~repair.repaired], case.defects.cols[~repair.repaired]] = True
    assert left[9:31, 9:31].all() and left.sum() == 22 * 22
