import numpy as np

import isp


def _error(name, case):
    fixed = isp.stage(name)(case.frame, case.defects).mosaic - 64
    return float(np.sqrt(np.mean((fixed - case.truth)[case.mask] ** 2)))


def _coloured_texture(shape, seed):
    """One texture in all colours, at another level and contrast in each: what a lens sees."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    grey = np.sin(rows * 0.55 + 0.2 * cols) + np.sin(cols * 0.5 - 0.3 * rows)
    gain = np.array([[60.0, 90.0], [90.0, 40.0]])[rows % 2, cols % 2]
    base = np.array([[400.0, 600.0], [600.0, 300.0]])[rows % 2, cols % 2]
    return base + gain * grey + rng.uniform(-2, 2, shape)


def test_other_colours_help_where_they_are_good(make_case):
    rng = np.random.default_rng(0)
    mask = np.zeros((64, 64), bool)
    for r, c in ((10, 12), (30, 40), (45, 8)):
        mask[r : r + 9, c : c + 9] = rng.random((9, 9)) < 0.5
    case = make_case("RGGB", mask, _coloured_texture((64, 64), 1))
    assert _error("guided", case) < 0.6 * _error("harmonic", case)


def test_a_hole_in_all_colours_is_no_worse_than_harmonic(make_case):
    mask = np.zeros((64, 64), bool)
    mask[20:29, 30:40] = True
    case = make_case("RGGB", mask, _coloured_texture((64, 64), 2))
    assert _error("guided", case) < 1.05 * _error("harmonic", case)


def test_colour_differences_keep_their_level(make_case):
    """A single red among good greens comes back at red's level, not at green's."""
    rows, cols = np.mgrid[:40, :40]
    pixels = np.array([[200.0, 700.0], [700.0, 400.0]])[rows % 2, cols % 2]
    mask = np.zeros((40, 40), bool)
    mask[20, 20] = mask[15, 15] = mask[10, 11] = True
    case = make_case("RGGB", mask, pixels)
    fixed = isp.stage("guided")(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic - 64, pixels, atol=0.5)
