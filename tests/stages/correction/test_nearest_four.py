import numpy as np

import isp


def _reference(case, row, col):
    colour = case.colours("split")
    total = weights = 0.0
    for drow, dcol in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        r, c, steps = row + drow, col + dcol, 1
        while 0 <= r < case.mask.shape[0] and 0 <= c < case.mask.shape[1] and steps <= 64:
            if not case.mask[r, c] and colour[r, c] == colour[row, col]:
                total += case.truth[r, c] / steps
                weights += 1 / steps
                break
            r, c, steps = r + drow, c + dcol, steps + 1
    return total / weights if weights else np.nan


def test_equals_plain_numpy_on_every_cfa(random_case):
    case = random_case
    repair = isp.stage("nearest_four").repair(case.frame, case.defects)
    places = zip(case.defects.rows, case.defects.cols, strict=True)
    expected = np.array([_reference(case, r, c) for r, c in places])
    np.testing.assert_array_equal(repair.repaired, ~np.isnan(expected))
    np.testing.assert_allclose(
        repair.values[repair.repaired], expected[repair.repaired] + 64, rtol=1e-5
    )


def test_couplet_comes_close_to_the_weights_of_line_cameras(make_case):
    """A X X B in a single row: (11 A + 5 B) / 16 in hardware, (2 A + B) / 3 here."""
    a, b = 200.0, 680.0
    mask = np.array([[False, True, True, False]])
    case = make_case("MONO", mask, np.array([[a, 0, 0, b]]))
    repair = isp.stage("nearest_four").repair(case.frame, case.defects)
    np.testing.assert_allclose(repair.values - 64, [(2 * a + b) / 3, (a + 2 * b) / 3], rtol=1e-6)
    hardware = np.array([11 * a + 5 * b, 5 * a + 11 * b]) / 16
    assert np.abs(repair.values - 64 - hardware).max() < 0.025 * (b - a)
