import numpy as np
import pytest

import isp

ANGLES = {"horizontal": (1, 0), "vertical": (0, 1), "down": (1, -1), "up": (1, 1)}


@pytest.mark.parametrize("along", ANGLES)
@pytest.mark.parametrize("cfa", ["RGGB", "GBRG", "MONO"])
def test_continues_an_edge_through_a_cluster(make_case, along, cfa):
    rows, cols = np.mgrid[:40, :40]
    a, b = ANGLES[along]
    offset = a * (rows - 20) + b * (cols - 20)
    pixels = np.where(offset > 0, 800.0, 150.0)
    mask = np.zeros((40, 40), bool)
    mask[17:23, 17:23] = True
    case = make_case(cfa, mask, pixels)
    fixed = isp.stage("directional", tolerance=1.0)(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic, pixels + 64, atol=1e-3)


@pytest.mark.parametrize("cfa", ["RGGB", "XTRANS", "QUAD_RGGB", "MONO"])
def test_a_ramp_is_restored(make_case, cfa):
    rows, cols = np.mgrid[:48, :50]
    mask = np.zeros((48, 50), bool)
    mask[18:26, 20:29] = True
    case = make_case(cfa, mask, 100 + 3.0 * rows + 5.0 * cols)
    fixed = isp.stage("directional", green="merged")(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic - 64, case.truth, atol=0.01)


def test_at_a_corner_the_ends_that_there_are_count_by_nearness(make_case):
    pixels = np.arange(36.0).reshape(6, 6) * 10 + 100
    mask = np.zeros((6, 6), bool)
    mask[0, 0] = True
    case = make_case("RGGB", mask, pixels)
    repair = isp.stage("directional").repair(case.frame, case.defects)
    right, below, diagonal = pixels[0, 2], pixels[2, 0], pixels[2, 2]
    weights = np.array([1 / 2, 1 / 2, 1 / (2 * np.sqrt(2))])
    expected = np.average([right, below, diagonal], weights=weights)
    np.testing.assert_allclose(repair.values[0] - 64, expected, rtol=1e-5)
