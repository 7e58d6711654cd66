"""Black level, white balance and highlight clipping on mosaics of every phase and dtype."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.cfa import BAYER_NAMES, Cfa
from isp.errors import StageError
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.segments import run_segment

BLACK = np.array([[60.0, 61.25], [59.5, 64.0]])
GAINS = (2.0, 1.0, 1.5)


def meta_for(mosaic, phase, black, white=1023.0, **fields):
    levels = Levels.of(black, white)
    return isp.FrameMeta(mosaic.shape, mosaic.dtype, Cfa.parse(phase), levels, **fields)


def noise(shape, dtype, seed=0):
    values = np.random.default_rng(seed).random(shape) * (255 if dtype == np.uint8 else 1023)
    return values.astype(dtype)


def tiled(table, shape):
    rows, cols = np.indices(shape)
    return table[rows % table.shape[0], cols % table.shape[1]]


def channel_gains(cfa, shape):
    by_site = np.array([GAINS[0], GAINS[1], GAINS[2], GAINS[1]])
    return by_site[cfa.index_map(shape)]


@pytest.mark.parametrize("phase", [*BAYER_NAMES, "XTRANS", "QUAD_BGGR"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(7, 9), (1, 1), (6, 40)])
def test_black_is_taken_off_each_site_and_kept_signed(phase, dtype, shape):
    mosaic = noise(shape, dtype)
    frame = isp.RawFrame(mosaic, meta_for(mosaic, phase, BLACK))
    result = isp.stage("black_level")(frame)
    assert result.mosaic.dtype == np.float32
    truth = mosaic.astype(np.float64) - tiled(BLACK, shape)
    np.testing.assert_allclose(result.mosaic, truth, atol=1e-4, rtol=0)
    if dtype != np.float32:  # quarters of a DN are exact
        np.testing.assert_array_equal(result.mosaic, truth.astype(np.float32))


def test_levels_say_what_black_level_did():
    mosaic = np.zeros((4, 4), np.uint16)
    once = isp.stage("black_level")(isp.RawFrame(mosaic, meta_for(mosaic, "RGGB", BLACK)))
    assert not once.levels.black.any()
    np.testing.assert_array_equal(once.levels.subtracted, BLACK)
    np.testing.assert_array_equal(once.levels.white, 1023.0 - BLACK)
    np.testing.assert_array_equal(once.levels.clip, 1023.0 - BLACK)
    assert once.levels.step_dn == 1.0
    twice = isp.stage("black_level")(once)
    np.testing.assert_array_equal(twice.mosaic, once.mosaic)
    assert twice.levels == once.levels
    restored = once.mosaic + tiled(once.levels.subtracted, (4, 4))
    np.testing.assert_array_equal(restored, mosaic)


@settings(max_examples=20, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    strip=st.integers(1, 20),
    name=st.sampled_from(["RGGB", "GBRG", "XTRANS", "MONO"]),
    seed=st.integers(0, 99),
)
def test_a_level_chain_does_not_depend_on_the_strips(shape, strip, name, seed):
    mosaic = noise(shape, np.uint16, seed)
    meta = meta_for(mosaic, name, np.full((1, 1), 60.0), white_balance=GAINS)
    plans = []
    for stage in ("black_level", "white_balance", "highlight_clip"):
        plans.append(isp.stage(stage).plan(plans[-1].out if plans else meta))
    frame = isp.RawFrame(mosaic, meta)
    whole = run_segment(frame, plans, strip_rows=shape[0], threads=1).mosaic
    np.testing.assert_array_equal(run_segment(frame, plans, strip_rows=strip).mosaic, whole)
    gains = channel_gains(frame.cfa, shape) if name != "MONO" else 1.0
    slow = np.minimum((mosaic.astype(np.float64) - 60.0) * gains, 963.0)
    np.testing.assert_allclose(whole, slow, rtol=1e-6)


@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_white_balance_multiplies_each_channel_and_its_levels(phase):
    mosaic = noise((6, 9), np.float32)
    meta = meta_for(
        mosaic, phase, np.zeros((2, 2)), white_balance=GAINS, noise=NoiseModel(0.5, 4.0)
    )
    result = isp.stage("white_balance")(isp.RawFrame(mosaic, meta))
    gains = channel_gains(meta.cfa, mosaic.shape)
    np.testing.assert_allclose(result.mosaic, mosaic * gains, rtol=1e-6)
    np.testing.assert_allclose(tiled(result.levels.white, mosaic.shape), 1023.0 * gains)
    np.testing.assert_allclose(tiled(result.levels.clip, mosaic.shape), 1023.0 * gains)
    assert result.meta.white_balance == (1.0, 1.0, 1.0)
    assert result.levels.step_dn == 0.0
    assert result.meta.noise is None
    again = isp.stage("white_balance")(result)
    np.testing.assert_array_equal(again.mosaic, result.mosaic)


def test_white_balance_takes_gains_and_refuses_bad_ones():
    mosaic = np.ones((2, 2), np.uint8)
    frame = isp.RawFrame.of(mosaic, "BGGR")
    result = isp.stage("white_balance", gains=(3.0, 1.0, 2.0))(frame)
    np.testing.assert_array_equal(result.mosaic, [[2.0, 1.0], [1.0, 3.0]])
    for wrong in [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("inf")), (1.0, 1.0)]:
        with pytest.raises(StageError, match="gains"):
            isp.stage("white_balance", gains=wrong)


def test_white_balance_before_black_level_is_refused():
    frame = isp.RawFrame.of(np.zeros((4, 4), np.uint16), "RGGB", black_dn=64.0)
    with pytest.raises(StageError, match="black_level"):
        isp.stage("white_balance")(frame)


@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_blown_highlights_become_neutral(phase):
    mosaic = np.full((8, 8), 1023, np.uint16)
    frame = isp.RawFrame(mosaic, meta_for(mosaic, phase, BLACK, white_balance=GAINS))
    for name in ("black_level", "white_balance", "highlight_clip"):
        frame = isp.stage(name)(frame)
    lowest = 1023.0 - BLACK.max()
    assert frame.mosaic.max() <= np.float32(1023.0 - BLACK.min())
    np.testing.assert_array_equal(frame.mosaic, np.float32(frame.levels.white.min()))
    assert np.ptp(frame.levels.white) == 0.0
    assert frame.levels.white.min() >= lowest


def test_highlight_clip_leaves_all_below_white_alone_and_counts_from_black():
    mosaic = np.array([[10, 250, 90, 230], [20, 240, 200, 255]], np.uint8)
    meta = meta_for(mosaic, "RGGB", np.array([[10.0, 20.0], [20.0, 10.0]]), white=220.0)
    result = isp.stage("highlight_clip")(isp.RawFrame(mosaic, meta))
    np.testing.assert_array_equal(result.mosaic, [[10, 220, 90, 220], [20, 210, 200, 210]])
    np.testing.assert_array_equal(result.levels.black, meta.levels.black)


def test_highlight_clip_uses_saturation_where_it_lies_below_white():
    levels = Levels.of(0.0, 1000.0, 800.0)
    mosaic = np.array([[900, 100], [700, 950]], np.uint16)
    meta = isp.FrameMeta((2, 2), mosaic.dtype, Cfa.parse("RGGB"), levels)
    result = isp.stage("highlight_clip")(isp.RawFrame(mosaic, meta))
    np.testing.assert_array_equal(result.mosaic, [[800, 100], [700, 800]])
    assert result.levels.white.max() == 800.0
