"""Bilinear interpolation on quad-Bayer, X-Trans and mono frames, against a slow one."""

import numpy as np
import pytest

import isp
from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.errors import StageError
from isp.segments import run_segment
from stages.kernels.normalised_convolution import block_weights, convolution_strip, tent_weights

RADIUS = {"RGGB": 1, "QUAD_GRBG": 2, "XTRANS": 1}


def slow(mosaic, cfa, radius):
    """Tent-weighted mean of each channel's samples around each pixel, inside the frame only."""
    height, width = mosaic.shape
    out = np.empty((height, width, 3))
    for row, col, channel in np.ndindex(height, width, 3):
        if CHANNEL_OF_SITE[cfa.site(row, col)] == channel:
            out[row, col, channel] = mosaic[row, col]
            continue
        total = weight = 0.0
        for i in range(max(row - radius, 0), min(row + radius + 1, height)):
            for j in range(max(col - radius, 0), min(col + radius + 1, width)):
                if CHANNEL_OF_SITE[cfa.site(i, j)] == channel:
                    tap = (radius + 1 - abs(i - row)) * (radius + 1 - abs(j - col))
                    total, weight = total + tap * float(mosaic[i, j]), weight + tap
        out[row, col, channel] = total / weight
    return out


@pytest.mark.parametrize("name", RADIUS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_equals_a_slow_tent_mean_inside(name, dtype):
    mosaic = (np.random.default_rng(1).random((19, 23)) * 200).astype(dtype)
    frame = isp.RawFrame.of(mosaic, name, white_dn=1.0)
    picture = isp.stage("bilinear")(frame).pixels
    r = RADIUS[name]
    inner = (slice(r, -r), slice(r, -r))
    np.testing.assert_allclose(picture[inner], slow(mosaic, frame.cfa, r)[inner], rtol=2e-6)


@pytest.mark.parametrize("name", RADIUS)
@pytest.mark.parametrize("offset", [(0, 0), (1, 0), (2, 3)])
def test_each_channel_of_a_colour_stays_apart_up_to_the_corners(name, offset):
    cfa = Cfa.parse(name).shifted(*offset)
    colour = np.array([0.2, 0.5, 0.9], np.float32)
    channel = np.asarray(CHANNEL_OF_SITE)[cfa.index_map((17, 21))]
    picture = isp.stage("bilinear")(isp.RawFrame.of(colour[channel], cfa)).pixels
    np.testing.assert_allclose(picture, np.broadcast_to(colour, picture.shape), atol=1e-6)


@pytest.mark.parametrize("name", ["QUAD_RGGB", "XTRANS"])
@pytest.mark.parametrize("strip", [1, 5, 7])
def test_any_strip_height_gives_the_same_bits(name, strip):
    frame = isp.RawFrame.of(np.random.default_rng(2).random((20, 300)).astype(np.float32), name)
    plan = isp.stage("bilinear").plan(frame.meta)
    whole = run_segment(frame, [plan], strip_rows=20, threads=1).pixels
    np.testing.assert_array_equal(run_segment(frame, [plan], strip_rows=strip).pixels, whole)


def test_the_tent_is_bilinear_interpolation_on_bayer():
    rng = np.random.default_rng(5)
    mosaic = rng.random((14, 300)).astype(np.float32)
    frame = isp.RawFrame.of(mosaic, "GBRG")
    general = np.empty((14, 300, 3), np.float32)
    padded = np.pad(mosaic, 1, mode="reflect")
    one, zero = np.float32(1), np.float32(0)
    convolution_strip(padded, general, 0, block_weights(frame.cfa), one, zero)
    np.testing.assert_allclose(isp.stage("bilinear")(frame).pixels, general, atol=2e-7)


def test_mono_frames_become_grey():
    mosaic = np.arange(35, dtype=np.uint8).reshape(5, 7)
    picture = isp.stage("bilinear")(isp.RawFrame.of(mosaic, "MONO")).pixels
    np.testing.assert_allclose(picture, np.repeat(mosaic[..., None] / 255.0, 3, axis=2), rtol=1e-6)


def test_weights_sum_to_one():
    for name in RADIUS:
        np.testing.assert_allclose(tent_weights(Cfa.parse(name)).sum(axis=(2, 3)), 1.0, atol=1e-6)


def test_a_cfa_without_blue_is_refused():
    frame = isp.RawFrame.of(np.zeros((8, 8), np.uint8), Cfa(((0, 1), (1, 0))))
    with pytest.raises(StageError, match="B"):
        isp.stage("bilinear")(frame)
