import numpy as np
import pytest

import isp


@pytest.mark.parametrize("green", ["split", "merged"])
@pytest.mark.parametrize("power", [0.0, 2.0])
def test_equals_plain_numpy_on_every_cfa(random_case, rings, green, power):
    case = random_case
    repair = isp.stage("masked_mean", green=green, min_good=4, power=power).repair(
        case.frame, case.defects
    )
    expected = []
    for r, c in zip(case.defects.rows, case.defects.cols, strict=True):
        values, distance = rings(case, r, c, green, 4)
        expected.append(np.average(values, weights=distance**-power) + 64)
    np.testing.assert_allclose(repair.values, expected, rtol=1e-5)
