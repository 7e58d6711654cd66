"""Mono, X-Trans and quad-Bayer frames through the commands: read, damage, correct, write, develop."""

import json

import numpy as np
import pytest
import rawpy
from typer.testing import CliRunner

import isp
from isp.cli import app
from isp.defects import DefectMap
from isp.frame import Area, FrameMeta
from isp.levels import Levels
from isp.noise import NoiseModel

SHAPE = (90, 126)
AREA = Area(3, 5, 84, 117)
BY_NEIGHBOURS = ("masked_median", "masked_mean", "nearest_four", "inverse_gradient")


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def smooth(cfa, area=AREA):
    """A frame of slow colour gradients with noise, and its noise-free signal."""
    pattern = isp.Cfa.parse(cfa)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]] / 100
    colour = np.array([0.8, 1.0, 0.5, 0.95, 1.0])[pattern.index_map(SHAPE)]
    signal = 1500 * colour * (0.5 + 0.4 * rows + 0.3 * cols)
    noise = NoiseModel(0.3, 9.0)
    rng = np.random.default_rng(2)
    noisy = 256 + signal + rng.standard_normal(SHAPE) * noise.sigma_dn(signal)
    mosaic = np.rint(noisy).astype(np.uint16)
    levels = Levels.of(256.0, 4095.0)
    meta = FrameMeta(SHAPE, mosaic.dtype, pattern, levels, active_area=area)
    return isp.RawFrame(mosaic, meta), signal + 256


@pytest.mark.parametrize("cfa", ["XTRANS", "QUAD_RGGB", "QUAD_GBRG", "MONO", "GRBG"])
def test_damaged_corrected_and_written_through_dng(cfa, tmp_path):
    clean, ideal = smooth(cfa)
    isp.write(tmp_path / "clean.dng", clean)
    read = isp.read(tmp_path / "clean.dng")
    assert (read.cfa, read.meta.active_area) == (clean.cfa, AREA)
    damaged = tmp_path / "damaged.dng"
    said = json.loads(
        call(
            *("simulate", tmp_path / "clean.dng", "--sensor", "orbit", "--seed", 2, "--json"),
            *("-o", damaged),
        ).stdout
    )
    truth = isp.read_map(said["map"])
    assert (len(truth) > 50) and truth.cfa == clean.cfa
    before = isp.read(damaged)
    outside = ~truth.mask()
    assert np.array_equal(before.mosaic[outside], clean.mosaic[outside])
    inside = np.zeros(SHAPE, bool)
    inside[AREA.slices] = True
    marked = truth.mask() & inside
    wrong = np.abs(before.mosaic - ideal)[marked].mean()
    for stage in BY_NEIGHBOURS:
        out = tmp_path / f"{stage}.dng"
        call("correct", damaged, "--map", said["map"], "--stage", stage, "-o", out)
        with rawpy.imread(str(out)) as file:
            fixed = file.raw_image.copy()
        assert np.array_equal(fixed[outside], clean.mosaic[outside])
        left = np.abs(fixed - ideal)[marked].mean()
        assert left < 0.25 * wrong and left < 60, stage


@pytest.mark.parametrize("cfa", ["XTRANS", "QUAD_RGGB", "MONO"])
def test_compared_without_more_words_than_a_bayer_frame_needs(cfa, tmp_path):
    isp.write(tmp_path / "f.dng", smooth(cfa)[0])
    said = call(
        *("compare", tmp_path / "f.dng", "--crops", "1", "--crop-size", "64"),
        *("--protocol", "small/block_3x3", "--stages", "masked_median", "-o", tmp_path / "out"),
    ).stdout
    assert f"note: opencv_ea cannot take {cfa} frames; by_cfa makes their pictures" in said
    assert ("defects are not looked for" in said) == (cfa != "MONO")
    assert "masked_median" in said and "failed" not in said


@pytest.mark.parametrize("cfa", ["XTRANS", "QUAD_GRBG"])
def test_neighbours_are_of_one_colour(cfa, tmp_path):
    """Without noise, on a frame of one level per colour, a repair gives the level back exactly."""
    pattern = isp.Cfa.parse(cfa)
    mosaic = np.array([700, 1500, 400, 1500, 0], np.uint16)[pattern.index_map(SHAPE)]
    frame = isp.RawFrame.of(mosaic, cfa, black_dn=64, white_dn=4095)
    mask = np.random.default_rng(0).random(SHAPE) < 0.05
    mask[40:44, 60:65] = True
    isp.write(tmp_path / "d.dng", frame.with_mosaic(np.where(mask, 4095, mosaic), "bad"))
    isp.write_map(tmp_path / "m.csv", DefectMap.from_mask(mask, cfa=pattern))
    for stage in ("masked_median", "masked_mean"):
        out = tmp_path / f"{stage}.dng"
        call(
            "correct", tmp_path / "d.dng", "--map", tmp_path / "m.csv", "--stage", stage, "-o", out
        )
        assert np.array_equal(isp.read(out).mosaic, mosaic)


def test_a_mono_sensor_from_simulation_to_a_grey_picture(tmp_path):
    shot, found, fixed = tmp_path / "s.dng", tmp_path / "m.csv", tmp_path / "f.dng"
    said = json.loads(
        call(
            *("simulate", "scene:240x200", "--sensor", "machine_vision", "--seed", 1, "--json"),
            *("--set", "input.scene.temperature_c=60", "--set", "input.scene.exposure_s=0.1"),
            *("-o", shot),
        ).stdout
    )
    truth = isp.read_map(said["map"])
    assert isp.read(shot).cfa.name == truth.cfa.name == "MONO"
    call("detect", shot, "-o", found)
    detected = isp.read_map(found)
    strong = truth.select(np.abs(truth.severity_dn) > 300)
    assert len(strong) and detected.mask()[strong.rows, strong.cols].mean() > 0.6
    assert np.count_nonzero(detected.mask() & ~truth.mask()) < 0.001 * truth.mask().size
    call("correct", shot, "--map", said["map"], "--stage", "directional", "-o", fixed)
    refused = call("develop", fixed, "--demosaic", "malvar", "-o", tmp_path / "p.png", code=1)
    assert "bilinear" in refused.stderr  # says which demosaicing takes a mono frame
    call("develop", fixed, "-o", tmp_path / "p.png")
    picture = isp.read_photograph(tmp_path / "p.png")
    assert picture.shape == (200, 240, 3)
    assert np.array_equal(picture[..., 0], picture[..., 1])
    assert np.array_equal(picture[..., 0], picture[..., 2])
    assert picture.std() > 0.02
