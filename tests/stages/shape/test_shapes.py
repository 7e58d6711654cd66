"""Shapes: sizes, colours, seeds."""

import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import isp
import stages.shape
from isp.cfa import CFA_NAMES, CHANNEL_OF_SITE, Cfa

SHAPES = sorted(module.name for module in pkgutil.iter_modules(stages.shape.__path__))


def make(name, size=(9, 9), cfa="RGGB", seed=0, **params):
    pattern = Cfa.parse(cfa) if isinstance(cfa, str) else cfa
    return isp.stage(name, **params)(np.random.default_rng(seed), size, pattern)


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    cfa=st.sampled_from(CFA_NAMES),
)
def test_every_shape_is_a_mask_of_amplitudes(name, height, width, seed, cfa):
    mask = make(name, (height, width), cfa, seed)
    assert mask.dtype == np.float32 and mask.ndim == 2
    assert 0 < mask.max() <= 1 and mask.min() >= 0
    np.testing.assert_array_equal(mask, make(name, (height, width), cfa, seed))


@pytest.mark.parametrize("cfa", CFA_NAMES)
@pytest.mark.parametrize("orientation", ["horizontal", "vertical", "diagonal", "any"])
@pytest.mark.parametrize("green", ["split", "merged"])
def test_couplets_are_two_nearest_pixels_of_one_colour(cfa, orientation, green):
    pattern = Cfa.parse(cfa)
    for row in range(pattern.period[0]):
        for col in range(pattern.period[1]):
            seen = pattern.shifted(row, col)
            for seed in range(4):
                mask = make("couplet", (1, 1), seen, seed, orientation=orientation, green=green)
                (r0, c0), (r1, c1) = np.argwhere(mask)
                sites = seen.site(r0, c0), seen.site(r1, c1)
                if green == "merged":
                    assert CHANNEL_OF_SITE[sites[0]] == CHANNEL_OF_SITE[sites[1]]
                else:
                    assert sites[0] == sites[1]
                if pattern.is_bayer and green == "split":
                    assert {abs(r1 - r0), abs(c1 - c0)} <= {0, 2}
                if orientation == "horizontal":
                    assert r0 == r1
                if orientation == "vertical":
                    assert c0 == c1
                if orientation == "diagonal":
                    assert abs(r1 - r0) == abs(c1 - c0) > 0


def test_merged_greens_touch_at_a_corner():
    steps = set()
    for row in range(2):
        for seed in range(8):
            seen = Cfa.parse("RGGB").shifted(row, 1)
            mask = make("couplet", (1, 1), seen, seed, orientation="diagonal", green="merged")
            if seen.site(*np.argwhere(mask)[0]) in (1, 3):
                steps.add(mask.shape)
    assert (2, 2) in steps


@pytest.mark.parametrize("seed", range(10))
def test_blobs_are_connected_and_half_full(seed):
    mask = make("blob", (6, 6), seed=seed)
    assert mask.sum() == 18
    assert ndimage.label(mask)[1] == 1
    assert mask.any(axis=0).all() and mask.any(axis=1).all()


@pytest.mark.parametrize("seed", range(20))
def test_lines_are_connected_and_as_long_as_asked(seed):
    mask = make("line", (15, 15), seed=seed)
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1
    assert mask.sum() == max(mask.shape)
    assert np.hypot(*mask.shape) == pytest.approx(15, abs=1.6)


def test_a_disc_has_its_area():
    assert make("disc", (41, 41)).sum() == pytest.approx(np.pi * 20.5**2, rel=0.02)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR", "XTRANS", "QUAD_RGGB"])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_focus_pixels_replace_one_colour(cfa, channel):
    pattern = Cfa.parse(cfa)
    letter = "RGB"[channel]
    mask = make(
        "phase_detect_grid", (96, 96), cfa, channel=letter, row_pitch_px=12, col_pitch_px=24
    )
    rows, cols = np.nonzero(mask)
    channels = np.asarray(CHANNEL_OF_SITE)[pattern.sites_at(rows, cols)]
    assert set(channels) == {channel}
    assert len(rows) == 2 * 8 * 4


@pytest.mark.parametrize("name", ["scratch", "crack", "ring", "impact", "dust_shadow", "smear"])
def test_soft_shapes_have_soft_flanks(name):
    mask = make(name, (48, 48), seed=3)
    assert mask.max() > 0.5
    assert ((mask > 0) & (mask < 0.5)).sum() > 0.05 * (mask > 0).sum()


@pytest.mark.parametrize("name", ["scratch", "crack"])
@pytest.mark.parametrize("seed", range(6))
def test_strokes_are_connected_and_reach_across(name, seed):
    mask = make(name, (60, 60), seed=seed)
    assert ndimage.label(mask > 0, np.ones((3, 3)))[1] <= 2
    assert max(mask.shape) >= 30
    assert (mask > 0).sum() < 0.2 * 60 * 60


def test_a_shadow_is_darkest_in_its_middle_and_a_ring_is_hollow():
    shadow = make("dust_shadow", (31, 31))
    assert shadow[15, 15] == 1 and shadow[0].max() < 0.2
    hollow = make("ring", (31, 31))
    assert hollow[15, 15] == 0 and hollow.max() > 0.9


def test_smear_decays_along_its_column():
    streak = make("smear", (50, 3), width_px=1)[:, 0]
    assert np.all(np.diff(streak) < 0) or np.all(np.diff(streak) > 0)
    assert streak.min() < 0.15 * streak.max()


def test_an_impact_thins_out():
    mask = make("impact", (81, 81), seed=2) > 0
    y, x = np.indices(mask.shape) - 40
    radius = np.hypot(y, x)
    inner, outer = mask[radius < 8].mean(), mask[(radius > 30) & (radius < 40)].mean()
    assert inner == 1 and outer < 0.15
