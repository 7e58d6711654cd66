"""The temporal corrector on simulated sequences: what it takes, from where, and when it says no."""

from dataclasses import replace

import numpy as np
import pytest

import isp
from isp.defects import DefectKind, DefectMap
from isp.frame import FrameMeta
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.registry import load_sensor

SHAPE = (96, 120)
NOISE = NoiseModel(0.25, 4.0)
CFAS = ("RGGB", "GBRG", "QUAD_RGGB", "XTRANS", "MONO")


def picture(shape, seed=1):
    """The synthetic scene as one grey plane, 0 to about 1."""
    sensor = load_sensor("phone")
    return sensor.scene(shape, np.random.default_rng(seed)).mean(axis=2)


def exposed(scene, cfa, seed, *, gain=1.0, noise=NOISE):
    """A frame of a scene: shot and read noise, 12-bit codes over black 256."""
    pattern = isp.Cfa.parse(cfa)
    response = np.array([0.8, 1.0, 0.6, 0.95, 1.0])[pattern.index_map(scene.shape)]
    signal = 2500.0 * gain * scene * response
    rng = np.random.default_rng(seed)
    noisy = signal + rng.standard_normal(scene.shape) * NOISE.sigma_dn(signal)
    mosaic = np.clip(np.rint(256 + noisy), 0, 4095).astype(np.uint16)
    levels = Levels.of(256.0, 4095.0)
    return isp.RawFrame(mosaic, FrameMeta(scene.shape, mosaic.dtype, pattern, levels, noise=noise))


def marked(frame, kind, count=60, seed=5):
    rng = np.random.default_rng(seed)
    flat = rng.choice(frame.mosaic.size, count, replace=False)
    rows, cols = np.unravel_index(np.sort(flat), frame.shape)
    return DefectMap.for_frame(rows, cols, frame, kind=np.full(count, kind), source="test")


def on(frame, defects, chosen=slice(None), excess_dn=900):
    mosaic = frame.mosaic.copy()
    place = defects.rows[chosen], defects.cols[chosen]
    mosaic[place] = np.minimum(mosaic[place].astype(int) + excess_dn, 4095)
    return frame.with_mosaic(mosaic, "on")


def sigmas(repair, truth, defects, noise=NOISE):
    """Error of the repaired pixels in units of the noise of one frame."""
    rows, cols = defects.rows, defects.cols
    signal = truth[rows, cols]
    error = (repair.values - 256 - signal) / noise.sigma_dn(signal)
    return error[repair.repaired]


def ideal(scene, cfa, gain=1.0):
    response = np.array([0.8, 1.0, 0.6, 0.95, 1.0])[isp.Cfa.parse(cfa).index_map(scene.shape)]
    return 2500.0 * gain * scene * response


@pytest.mark.parametrize("cfa", CFAS)
def test_blinking_pixels_come_from_the_frames_in_which_they_are_off(cfa):
    scene = picture(SHAPE)
    clean = [exposed(scene, cfa, seed, gain=g) for seed, g in enumerate((0.6, 0.8, 1.0, 1.2, 1.3))]
    defects = marked(clean[2], DefectKind.BLINKING)
    states = np.random.default_rng(0).random((5, len(defects))) < 0.4
    states[2] = True
    series = [on(frame, defects, chosen) for frame, chosen in zip(clean, states, strict=True)]
    repair = isp.stage("temporal").repair(series, defects)
    ever_off = ~states.all(axis=0)
    assert repair.repaired[ever_off].mean() > 0.85
    error = sigmas(repair, ideal(scene, cfa), defects)
    assert np.sqrt(np.mean(error**2)) < 1.2  # as good as a frame of a good pixel
    assert np.abs(np.median(error)) < 0.4
    inside = np.abs(repair.values - 256 - ideal(scene, cfa)[defects.rows, defects.cols])
    honest = (inside <= 4 * repair.spread)[repair.repaired]
    assert honest.mean() > 0.95


def test_a_pixel_that_is_on_in_every_frame_is_left():
    scene = np.full(SHAPE, 0.4)
    clean = [exposed(scene, "RGGB", seed) for seed in range(5)]
    defects = marked(clean[2], DefectKind.BLINKING)
    repair = isp.stage("temporal").repair([on(f, defects) for f in clean], defects)
    assert not repair.repaired.any()
    assert any("cannot be had from other frames" in note for note in repair.notes)


def test_fixed_defects_are_never_good_and_unknown_ones_must_be_seen_to_switch():
    scene = np.full(SHAPE, 0.4)
    clean = [exposed(scene, "RGGB", seed) for seed in range(5)]
    series = [on(clean[k], marked(clean[2], 0), excess_dn=900 * (k < 3)) for k in range(5)]
    for kind, parameters, repaired in (
        (DefectKind.DEAD, {}, False),
        (DefectKind.UNKNOWN, {}, True),
        (DefectKind.DEAD, {"trust_kinds": False}, True),
    ):
        repair = isp.stage("temporal", **parameters).repair(series, marked(clean[2], kind))
        assert repair.repaired.mean() > 0.9 if repaired else not repair.repaired.any()
    still = isp.stage("temporal").repair(clean, marked(clean[2], DefectKind.UNKNOWN))
    assert not still.repaired.any()  # nothing says that it is good in the others


@pytest.mark.parametrize("cfa", CFAS)
@pytest.mark.parametrize("step", [(1, -2), (-1, 1), (2, 0)])
def test_fixed_defects_come_from_frames_shifted_by_whole_periods(cfa, step):
    rows, cols = isp.Cfa.parse(cfa).period
    moves = [(-step[0] * rows, -step[1] * cols), (0, 0), (step[0] * rows, step[1] * cols)]
    large = picture((160, 200))
    scenes = [large[30 - dr : 126 - dr, 40 - dc : 160 - dc] for dr, dc in moves]
    clean = [exposed(one, cfa, seed, gain=1 - 0.1 * seed) for seed, one in enumerate(scenes)]
    defects = marked(clean[1], DefectKind.HOT)
    series = [on(frame, defects, excess_dn=1500) for frame in clean]
    repair = isp.stage("temporal").repair(series, defects)
    assert repair.repaired.mean() > 0.8
    assert sum("is shifted by" in note for note in repair.notes) == 2
    error = sigmas(repair, ideal(scenes[1], cfa, 0.9), defects)
    assert np.sqrt(np.mean(error**2)) < 1.3


def test_a_shift_by_half_a_period_is_not_used():
    large = picture((160, 200))
    scenes = [large[30 - d : 126 - d, 40 - d : 160 - d] for d in (-1, 0, 1)]
    clean = [exposed(one, "RGGB", seed) for seed, one in enumerate(scenes)]
    repair = isp.stage("temporal").repair(clean, marked(clean[1], DefectKind.HOT))
    assert not repair.repaired.any()
    assert sum("no whole CFA period" in note for note in repair.notes) == 2


def test_where_something_moves_nothing_is_taken():
    scenes = [picture(SHAPE) for _ in range(3)]
    for k, scene in enumerate(scenes):
        scene[30:60, 20 + 14 * k : 50 + 14 * k] = 0.9 - 0.2 * k
    clean = [exposed(scene, "GRBG", seed) for seed, scene in enumerate(scenes)]
    defects = marked(clean[1], DefectKind.BLINKING, 400)
    repair = isp.stage("temporal").repair([clean[0], on(clean[1], defects), clean[2]], defects)
    moved = (defects.rows >= 32) & (defects.rows < 58) & (defects.cols >= 36) & (defects.cols < 62)
    assert not repair.repaired[moved].any()
    still = (defects.rows > 70) & (defects.rows < 90)
    assert repair.repaired[still].mean() > 0.9


def test_without_a_noise_model_it_is_estimated():
    scene = picture(SHAPE)
    clean = [exposed(scene, "RGGB", seed, noise=None) for seed in range(3)]
    defects = marked(clean[1], DefectKind.BLINKING)
    series = [clean[0], on(clean[1], defects), clean[2]]
    repair = isp.stage("temporal").repair(series, defects)
    assert repair.repaired.mean() > 0.8
    error = sigmas(repair, ideal(scene, "RGGB"), defects)
    assert np.sqrt(np.mean(error**2)) < 1.2


def test_falls_back_only_where_asked():
    frame = exposed(picture(SHAPE), "RGGB", 0)
    defects = marked(frame, DefectKind.DEAD)
    alone = isp.stage("temporal").repair([frame], defects)
    assert not alone.repaired.any() and "one frame only" in alone.notes[-1]
    filled = isp.stage("temporal", fallback="masked_median").repair([frame], defects)
    expected = isp.stage("masked_median").repair(frame, defects)
    assert np.array_equal(filled.values, expected.values)
    assert any("masked_median" in note for note in filled.notes)
    with pytest.raises(isp.IspError, match="kind demosaic"):
        isp.stage("temporal", fallback="bilinear").repair([frame], defects)


def test_wants_frames_of_one_sensor():
    frame = exposed(picture(SHAPE), "RGGB", 0)
    other = exposed(picture((90, 120)), "RGGB", 0)
    with pytest.raises(isp.IspError, match="Use the map of this sensor"):
        isp.stage("temporal").repair([frame, frame, other], marked(frame, 0))
    with pytest.raises(isp.IspError, match="got none"):
        isp.stage("temporal").repair([], marked(frame, 0))


def test_the_middle_frame_is_what_is_repaired():
    scene = picture(SHAPE)
    clean = [exposed(scene, "RGGB", seed) for seed in range(4)]
    defects = marked(clean[2], DefectKind.BLINKING)
    fixed = isp.stage("temporal")([*clean[:2], on(clean[2], defects), clean[3]], defects)
    outside = ~defects.mask()
    assert np.array_equal(fixed.mosaic[outside], clean[2].mosaic[outside])
    assert replace(fixed.meta, provenance=()) == replace(clean[2].meta, provenance=())
