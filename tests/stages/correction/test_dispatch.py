import numpy as np
import pytest

import isp


def _striped(shape, drow, dcol):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return 500 + 300 * np.sin((drow * rows + dcol * cols) * 0.9)


@pytest.mark.parametrize("stripes", [(1, 0), (0, 1), (1, -1), (1, 1)])
def test_an_isolated_pixel_follows_the_flattest_direction(make_case, stripes):
    pixels = _striped((24, 24), *stripes)
    mask = np.zeros((24, 24), bool)
    mask[11, 12] = True
    case = make_case("RGGB", mask, pixels)
    fixed = isp.stage("dispatch")(case.frame, case.defects)
    assert abs(fixed.mosaic[11, 12] - 64 - pixels[11, 12]) < 1e-2


@pytest.mark.parametrize("vertical", [True, False])
@pytest.mark.parametrize("slope", [1, 2, -1, -2])
def test_a_lone_line_is_crossed_along_the_stripes(make_case, vertical, slope):
    pixels = _striped((40, 40), 0.6, -0.6 * slope)
    mask = np.zeros((40, 40), bool)
    mask[:, 19] = True
    plain = 0.5 * (pixels[:, 17] + pixels[:, 21])
    if not vertical:
        pixels, mask = pixels.T, mask.T
    case = make_case("BGGR", mask, np.ascontiguousarray(pixels))
    fixed = isp.stage("dispatch")(case.frame, case.defects).mosaic - 64
    truth, got = (pixels[:, 19], fixed[:, 19]) if vertical else (pixels[19], fixed[19])
    inner = slice(6, 34)
    error = np.sqrt(np.mean((got - truth)[inner] ** 2))
    straight = np.sqrt(np.mean((plain - truth)[inner] ** 2))
    assert error < 0.35 * straight


def test_greens_are_matched_before_they_are_mixed(make_case):
    """Gb 20 DN above Gr: a flat field's column comes back with that difference, not without."""
    shape = (30, 30)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    greens_of_blue_rows = (rows % 2 == 1) & (cols % 2 == 0)
    pixels = 400.0 + 20.0 * greens_of_blue_rows
    mask = np.zeros(shape, bool)
    mask[:, 14] = mask[:, 21] = True
    case = make_case("RGGB", mask, pixels)
    fixed = isp.stage("dispatch")(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic - 64, pixels, atol=1e-3)


def test_a_line_stays_between_its_neighbours(make_case):
    rng = np.random.default_rng(2)
    mask = np.zeros((40, 40), bool)
    mask[:, 20] = True
    case = make_case("MONO", mask, rng.uniform(100, 900, (40, 40)))
    fixed = isp.stage("dispatch")(case.frame, case.defects).mosaic - 64
    for row in range(4, 36):
        near = case.truth[row - 1 : row + 2][:, [19, 21]]
        assert near.min() - 1e-3 <= fixed[row, 20] <= near.max() + 1e-3


def test_a_cluster_takes_the_mean_of_the_nearest_rings(make_case):
    rng = np.random.default_rng(3)
    mask = np.zeros((30, 30), bool)
    mask[10:16, 10:16] = True
    case = make_case("RGGB", mask, rng.uniform(100, 900, (30, 30)))
    repair = isp.stage("dispatch", min_good=3).repair(case.frame, case.defects)
    # At the corner (10, 10): two pixels at distance 2 are too few, three at √8 join them.
    near = [case.truth[r, c] for r, c in ((8, 10), (10, 8), (8, 8), (8, 12), (12, 8))]
    at = (case.defects.rows == 10) & (case.defects.cols == 10)
    np.testing.assert_allclose(repair.values[at] - 64, np.mean(near), rtol=1e-5)


def test_published_reach_leaves_the_middle_of_large_clusters(make_case):
    mask = np.zeros((60, 60), bool)
    mask[15:45, 15:45] = True
    case = make_case("RGGB", mask)
    repair = isp.stage("dispatch", reach_px=8).repair(case.frame, case.defects)
    middle = (np.abs(case.defects.rows - 30) < 7) & (np.abs(case.defects.cols - 30) < 7)
    assert not repair.repaired[middle].any() and repair.repaired.any()
