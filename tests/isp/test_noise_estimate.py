"""The estimated noise against frames whose noise is known."""

import numpy as np
import pytest

from isp.frame import RawFrame
from isp.noise_estimate import code_step_dn, estimate_noise


def ramp(shape=(512, 768)):
    """A smooth picture from 0 to 1."""
    return np.tile(np.linspace(0, 1, shape[1]), (shape[0], 1))


def textured(shape=(512, 768), seed=3):
    """Flat patches of many levels with edges, one part fine stripes, colours of different strength."""
    rng = np.random.default_rng(seed)
    patches = rng.uniform(0.02, 0.9, (shape[0] // 32, shape[1] // 32))
    picture = np.kron(patches, np.ones((32, 32)))
    picture[:, : shape[1] // 4] *= 0.75 + 0.25 * np.sin(np.arange(shape[0]) * 1.7)[:, None]
    picture[::2, ::2] *= 0.5
    picture[1::2, 1::2] *= 0.6
    return picture


def noisy(picture, bits, black_dn, full_well_e, read_e, seed=0):
    rng = np.random.default_rng(seed)
    white = 2**bits - 1
    gain = (white - black_dn) / full_well_e
    electrons = rng.poisson(picture * full_well_e) + rng.normal(0, read_e, picture.shape)
    codes = np.clip(np.rint(gain * electrons + black_dn), 0, white)
    frame = RawFrame.of(
        codes.astype(np.uint8 if bits == 8 else np.uint16),
        "GRBG",
        black_dn=black_dn,
        white_dn=white,
    )
    return frame, gain, (gain * read_e) ** 2 + 1 / 12


@pytest.mark.parametrize(("bits", "black_dn"), [(8, 4), (10, 64), (12, 256), (14, 1024)])
@pytest.mark.parametrize("full_well_e", [1000, 8000])
@pytest.mark.parametrize(("scene", "tolerance"), [(ramp, 0.12), (textured, 0.15)])
def test_sigma_is_right_from_dark_to_bright(bits, black_dn, full_well_e, scene, tolerance):
    frame, gain, read = noisy(scene(), bits, black_dn, full_well_e, 3.0)
    model = estimate_noise(frame)
    span = 2**bits - 1 - black_dn
    for share in (0.03, 0.1, 0.3, 0.6, 0.85):
        truth = np.sqrt(gain * share * span + read)
        assert model.sigma_dn(share * span) == pytest.approx(truth, rel=tolerance)
    assert model.source == "estimated"


def test_defects_do_not_disturb_it():
    frame, _, _ = noisy(ramp(), 12, 256, 5000, 3.0)
    mosaic = frame.mosaic.copy()
    rng = np.random.default_rng(1)
    bad = rng.random(mosaic.shape) < 0.002
    mosaic[bad] = rng.choice([0, 4095], bad.sum())
    spoilt = estimate_noise(RawFrame.of(mosaic, "GRBG", black_dn=256, white_dn=4095))
    clean = estimate_noise(frame)
    for signal in (100, 1000, 3000):
        assert spoilt.sigma_dn(signal) == pytest.approx(clean.sigma_dn(signal), rel=0.05)


def test_clipped_blocks_are_left_out():
    picture = ramp()
    picture[:, 400:] = 1.5  # saturated: no noise there
    frame, gain, read = noisy(picture, 12, 256, 5000, 3.0)
    model = estimate_noise(frame)
    assert model.sigma_dn(1500) == pytest.approx(np.sqrt(gain * 1500 + read), rel=0.1)


def test_a_dark_frame_gives_an_additive_model():
    rng = np.random.default_rng(0)
    codes = np.rint(rng.normal(60, 2.5, (200, 200))).astype(np.uint16)
    model = estimate_noise(RawFrame.of(codes, "BGGR", black_dn=60, white_dn=1023))
    assert model.gain_dn_e == 0
    assert model.sigma_dn(0) == pytest.approx(2.5, rel=0.05)


def test_float_frames_and_mono_too():
    rng = np.random.default_rng(0)
    signal = rng.normal(100, 7, (128, 128)).astype(np.float32)
    model = estimate_noise(RawFrame.of(signal, "MONO", white_dn=1000.0))
    assert model.sigma_dn(100) == pytest.approx(7, rel=0.05)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 6), (19, 17)])
def test_small_frames_do_not_fail(shape):
    rng = np.random.default_rng(0)
    frame = RawFrame.of(rng.integers(90, 110, shape).astype(np.uint16), "RGGB")
    model = estimate_noise(frame)
    assert model.gain_dn_e >= 0
    assert 0 < model.read_variance_dn2 < 1000


def test_gaps_between_the_codes_are_seen():
    rng = np.random.default_rng(0)
    codes = (rng.integers(40, 90, (100, 100)) * 4).astype(np.uint16)
    assert code_step_dn(RawFrame.of(codes, "RGGB")) == pytest.approx(4)
    assert code_step_dn(RawFrame.of(codes // 4, "RGGB")) == 1
    sparse = rng.integers(0, 60000, (20, 20)).astype(np.uint16)
    assert code_step_dn(RawFrame.of(sparse, "RGGB")) == 1  # few pixels: a missing code is chance
