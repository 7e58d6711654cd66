import numpy as np
import pytest

import isp


def _reference(case, row, col, green, min_pairs, floor, rings):
    """Opposite pairs of the smallest square with enough of them, weights 1 / (difference · distance)."""
    colour, (height, width) = case.colours(green), case.mask.shape
    pairs = []
    for radius in range(1, 33):
        pairs = []
        for dr in range(-radius, radius + 1):
            for dc in range(-radius, radius + 1):
                ends = (row + dr, col + dc), (row - dr, col - dc)
                inside = all(0 <= r < height and 0 <= c < width for r, c in ends)
                if (dr, dc) <= (0, 0) or not inside or any(case.mask[end] for end in ends):
                    continue
                if all(colour[end] == colour[row, col] for end in ends):
                    a, b = (float(case.truth[end]) for end in ends)
                    weight = 1 / ((abs(a - b) + floor) * np.hypot(dr, dc))
                    pairs.append((weight, 0.5 * (a + b)))
        if len(pairs) >= min_pairs:
            break
    if not pairs:
        values, distance = rings(case, row, col, green, 1)
        return np.average(values, weights=distance**-2.0)
    weights, values = zip(*pairs, strict=True)
    return np.average(values, weights=weights)


@pytest.mark.parametrize("green", ["split", "merged"])
def test_equals_plain_numpy_on_every_cfa(random_case, rings, green):
    case = random_case
    stage = isp.stage("inverse_gradient", green=green, min_pairs=3, floor=0.01)
    some = case.defects.select(np.arange(0, len(case.defects), 5))
    got = stage.repair(case.frame, case.defects).values[::5]
    expected = [
        _reference(case, r, c, green, 3, 0.01 * 1023.0, rings) + 64
        for r, c in zip(some.rows, some.cols, strict=True)
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_the_pair_along_an_edge_wins(make_case):
    rows, cols = np.mgrid[:30, :30]
    pixels = np.where(cols > 15, 900.0, 100.0) + 0.0 * rows
    mask = np.zeros((30, 30), bool)
    mask[14, 15] = mask[14, 16] = True
    case = make_case("MONO", mask, pixels)
    fixed = isp.stage("inverse_gradient", floor=1e-4)(case.frame, case.defects)
    assert np.abs(fixed.mosaic - 64 - pixels).max() < 3
