"""The row engine against the strip engine, and against itself for every way to cut the work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.frame import RawFrame
from isp.segments import Segment, run_segment

CHAIN = ("black_level", "median8", "white_balance", "malvar", "camera_matrix", "gamma")
CLIPPED = (*CHAIN[:3], "highlight_clip", *CHAIN[3:])
ON_CODES = ("median8", *CHAIN[:1], *CLIPPED[2:])
BAYER = ("RGGB", "GRBG", "GBRG", "BGGR")
CAMERA = ((0.7, -0.1, -0.05), (-0.4, 1.2, 0.2), (-0.05, 0.15, 0.6))


def planned(meta, names=CHAIN, **params):
    ops = []
    for name in names:
        ops.append(isp.stage(name, **params.get(name, {})).plan(meta))
        meta = ops[-1].out
    return ops


def scene(shape, cfa="RGGB", bits=12, seed=0):
    """Waves, noise and bad pixels, over the whole range of codes and beyond white."""
    rng = np.random.default_rng(seed)
    white, black = 2**bits - 1, 2 ** (bits - 4)
    row, col = np.mgrid[: shape[0], : shape[1]]
    level = 0.4 * white * (1 + np.sin(col / 7) * np.cos(row / 5)) + black
    mosaic = rng.normal(level, white / 100)
    bad = rng.random(shape) < 0.05
    mosaic[bad] = rng.choice([0, white], bad.sum())
    codes = np.clip(mosaic, 0, white).astype(np.uint8 if bits == 8 else np.uint16)
    return RawFrame.of(
        codes,
        cfa,
        black_dn=black,
        white_dn=white,
        white_balance=(2.1, 1.0, 1.6),
        camera_matrix=CAMERA,
    )


def assert_same_picture(found, expected):
    """The same but for the rounding of floats: one code, in very few samples."""
    off = np.abs(found.pixels.astype(int) - expected.pixels)
    assert off.max() <= 1
    assert np.count_nonzero(off) <= 1 + off.size // 1000


@pytest.mark.parametrize("cfa", BAYER)
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("names", [CHAIN, CLIPPED, ON_CODES])
def test_rows_give_what_strips_give(cfa, bits, names):
    frame = scene((70, 131), cfa, bits)
    ops = planned(frame.meta, names)
    assert Segment.of(frame.meta, ops).by_rows is not None
    assert_same_picture(run_segment(frame, ops), run_segment(frame, ops, by_rows=False))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(2, 40),
    st.integers(2, 150),
    st.sampled_from(BAYER),
    st.integers(1, 45),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([32, 64, 8192]),
)
def test_no_cut_changes_a_bit(height, width, cfa, strip_rows, threads, tile):
    from isp.row_engine import row_chain

    frame = scene((height, width), cfa, seed=height * 1000 + width)
    ops = planned(frame.meta)
    whole = run_segment(frame, ops, strip_rows=height, threads=1)
    assert_same_picture(whole, run_segment(frame, ops, by_rows=False))
    cut = Segment(frame.meta, tuple(ops), row_chain(frame.meta, ops, tile))
    found = cut.run(frame, strip_rows=strip_rows, threads=threads)
    assert np.array_equal(found.pixels, whole.pixels)


def test_flat_grey_stays_grey_at_every_level():
    levels = np.arange(256, 4096, 64)
    for level in levels:
        frame = RawFrame.of(
            np.full((16, 40), level, np.uint16), "GRBG", black_dn=256, white_dn=4095
        )
        picture = run_segment(frame, planned(frame.meta)).pixels
        light = (level - 256) / (4095 - 256)
        exact = 255 * (12.92 * light if light < 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)
        assert np.abs(picture - exact).max() < 0.51


def test_the_median_decides_on_the_same_side_of_its_threshold():
    """Differences of half codes around the threshold: whole numbers must not round them away."""
    rng = np.random.default_rng(5)
    frame = RawFrame.of(
        rng.integers(1000, 1008, (60, 90)).astype(np.uint16), "RGGB", black_dn=0, white_dn=1023
    )
    for threshold in (0.0, 1.5 / 1023, 2 / 1023, 2.5 / 1023):
        ops = planned(frame.meta, median8={"threshold": threshold}, gamma={"curve": "identity"})
        assert_same_picture(run_segment(frame, ops), run_segment(frame, ops, by_rows=False))


@pytest.mark.parametrize(
    ("names", "params", "bits", "cfa"),
    [
        (CHAIN, {}, 16, "RGGB"),  # no spare bit in 16
        (CHAIN, {"gamma": {"output": "uint16"}}, 12, "RGGB"),
        (CHAIN, {"gamma": {"curve": "power"}}, 12, "RGGB"),  # too steep for the cubics
        (("black_level", "white_balance", "menon", "camera_matrix", "gamma"), {}, 12, "RGGB"),
        (("black_level", "median8"), {}, 12, "RGGB"),
    ],
)
def test_what_has_no_row_form_runs_on_strips(names, params, bits, cfa):
    frame = scene((20, 34), cfa, bits)
    ops = planned(frame.meta, names, **params)
    assert Segment.of(frame.meta, ops).by_rows is None
    assert run_segment(frame, ops).shape == frame.shape


def test_codes_far_above_saturation_stay_white():
    frame = scene((20, 40))
    codes = frame.mosaic.copy()
    codes[4:16, 10:30] = 65535
    hot = RawFrame(codes, frame.meta)
    picture = run_segment(hot, planned(frame.meta, CHAIN[:1] + CLIPPED[2:])).pixels
    assert (picture[6:14, 12:28] == 255).all()


def test_the_result_is_written_where_asked():
    frame = scene((50, 64))
    room = np.zeros((50, 64, 3), np.uint8)
    found = run_segment(frame, planned(frame.meta), out=room)
    assert np.shares_memory(found.pixels, room)
    assert np.array_equal(room, run_segment(frame, planned(frame.meta)).pixels)


def test_large_results_that_bypass_the_caches_are_the_same():
    from isp import row_engine

    frame = scene((64, 1001))
    ops = planned(frame.meta)
    expected = run_segment(frame, ops).pixels
    kept = row_engine.STREAM_BYTES
    try:
        row_engine.STREAM_BYTES = 0
        assert np.array_equal(run_segment(frame, ops, strip_rows=10).pixels, expected)
    finally:
        row_engine.STREAM_BYTES = kept
