"""Demosaicing of Bayer frames against colour-demosaicing, for all phases, dtypes and sizes.

colour-demosaicing continues a frame by half-sample reflection, which puts wrong colours beside the
border; on a mosaic that is continued by its own mirror image first, its values are the truth for the
borders too.
"""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.cfa import BAYER_NAMES, Cfa
from isp.errors import StageError
from isp.segments import run_segment

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import colour_demosaicing as reference

PAD = 12  # even, and beyond the reach of every method here

REFERENCES = {
    "bilinear": (reference.demosaicing_CFA_Bayer_bilinear, {}),
    "malvar": (reference.demosaicing_CFA_Bayer_Malvar2004, {}),
    "menon": (reference.demosaicing_CFA_Bayer_Menon2007, {}),
    "menon unrefined": (
        lambda mosaic, phase: reference.demosaicing_CFA_Bayer_Menon2007(mosaic, phase, False),
        {"refining": False},
    ),
}


def noise(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return (rng.random(shape) - 0.1).astype(np.float32)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def frame_of(mosaic, phase, black=0.0, white=1.0):
    return isp.RawFrame.of(mosaic, phase, black_dn=black, white_dn=white)


def develop(frame, name, **how):
    key, params = name.split()[0], REFERENCES[name][1]
    return run_segment(frame, [isp.stage(key, **params).plan(frame.meta)], **how).pixels


def expected(mosaic, phase, name):
    padded = np.pad(mosaic.astype(np.float64), PAD, mode="reflect")
    return REFERENCES[name][0](padded, phase)[PAD:-PAD, PAD:-PAD]


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("phase", BAYER_NAMES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_equals_colour_demosaicing_with_borders(name, phase, dtype):
    mosaic = noise((23, 30), dtype)
    scale = float(np.abs(mosaic).max())
    picture = develop(frame_of(mosaic, phase), name)
    assert picture.dtype == np.float32
    assert picture.shape == (23, 30, 3)
    np.testing.assert_allclose(picture, expected(mosaic, phase, name), atol=3e-7 * scale, rtol=0)


@pytest.mark.parametrize("name", ["bilinear", "malvar", "menon unrefined"])
def test_sums_of_16_bit_codes_are_exact(name):
    mosaic = noise((40, 41), np.uint16, seed=3)
    np.testing.assert_array_equal(
        develop(frame_of(mosaic, "GRBG"), name), expected(mosaic, "GRBG", name)
    )


@pytest.mark.parametrize("name", REFERENCES)
def test_interior_equals_colour_demosaicing_as_called(name):
    mosaic = noise((40, 44), np.uint16, seed=4)
    plain = REFERENCES[name][0](mosaic.astype(np.float64), "BGGR")
    inner = (slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(
        develop(frame_of(mosaic, "BGGR"), name)[inner], plain[inner], atol=0.02, rtol=0
    )


@pytest.mark.parametrize("name", REFERENCES)
@settings(max_examples=12, deadline=None)
@given(
    shape=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    phase=st.sampled_from(BAYER_NAMES),
    strip=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_any_strip_height_gives_the_same_bits(name, shape, phase, strip, seed):
    frame = frame_of(noise(shape, np.float32, seed), phase)
    whole = develop(frame, name, strip_rows=shape[0], threads=1)
    np.testing.assert_array_equal(whole, develop(frame, name, strip_rows=strip, threads=1))


@pytest.mark.parametrize("name", REFERENCES)
def test_threads_do_not_change_the_result(name):
    frame = frame_of(noise((70, 33), np.uint16), "RGGB")
    np.testing.assert_array_equal(
        develop(frame, name, strip_rows=6, threads=1), develop(frame, name, strip_rows=6, threads=3)
    )


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_shifting_the_phase_shifts_the_picture(name, phase):
    mosaic = noise((40, 40), np.float32)
    whole = develop(frame_of(mosaic, phase), name)
    part = frame_of(mosaic[1:, 1:].copy(), phase).mosaic
    shifted = develop(isp.RawFrame.of(part, Cfa.parse(phase).shifted(1, 1)), name)
    np.testing.assert_allclose(shifted[9:-9, 9:-9], whole[10:-9, 10:-9], atol=1e-6)


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_measured_samples_are_kept(name, phase):
    mosaic = noise((21, 22), np.uint16)
    frame = frame_of(mosaic, phase)
    picture = develop(frame, name)
    channel = frame.cfa.index_map(frame.shape).astype(int)
    channel[channel == 3] = 1
    kept = np.take_along_axis(picture, channel[..., None], axis=2)[..., 0]
    np.testing.assert_array_equal(kept, mosaic)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_flat_field_stays_flat_and_lands_between_black_and_white(name):
    mosaic = np.full((19, 18), 612, np.uint16)
    picture = develop(frame_of(mosaic, "GBRG", black=100, white=1124), name)
    np.testing.assert_allclose(picture, 0.5, atol=1e-6)


@pytest.mark.parametrize("name", ["bilinear", "malvar", "menon"])
def test_black_that_differs_between_sites_is_refused(name):
    levels = isp.Levels.of(((64.0, 64.0), (64.0, 66.0)), 1023.0)
    meta = isp.FrameMeta((8, 8), np.dtype(np.uint16), Cfa.parse("RGGB"), levels)
    with pytest.raises(StageError, match="black_level"):
        isp.stage(name).plan(meta)


@pytest.mark.parametrize("name", ["malvar", "menon"])
def test_other_cfas_are_refused(name):
    frame = isp.RawFrame.of(noise((12, 12), np.float32), "XTRANS")
    with pytest.raises(StageError, match="XTRANS"):
        isp.stage(name)(frame)
