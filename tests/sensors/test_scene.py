"""The synthetic scene: sizes, seeds, statistics, targets."""

import numpy as np
import pytest

import isp
from sensors import targets
from sensors.scene import make_scene
from sensors.spectrum import chart_srgb


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (128, 129), (201, 300)])
def test_any_size_and_one_result_for_a_seed(shape):
    scene = make_scene(shape, 5)
    assert scene.shape == (*shape, 3) and scene.dtype == np.float32
    assert np.isfinite(scene).all() and scene.min() >= 0
    np.testing.assert_array_equal(scene, make_scene(shape, 5))
    if min(shape) > 10:
        assert (scene != make_scene(shape, 6)).any()


def test_levels_are_those_of_a_picture():
    scene = make_scene((256, 384), 0, plain=True)
    assert 0.1 < scene.mean() < 0.5
    assert (scene > 1).mean() < 0.08
    assert np.percentile(scene, 5) < 0.08


def test_power_falls_as_in_natural_pictures():
    scene = make_scene((512, 512), 1, fwhm_px=0, plain=True).mean(axis=2)
    window = np.hanning(512)
    power = np.abs(np.fft.rfft2((scene - scene.mean()) * window * window[:, None])) ** 2
    radius = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512))
    rings = [(radius > f) & (radius < 1.4 * f) for f in (0.01, 0.02, 0.04, 0.08, 0.16)]
    octaves = np.polyfit(np.arange(5), [np.log2(power[r].mean()) for r in rings], 1)[0]
    assert -3.2 < octaves < -1.6


def test_no_detail_is_finer_than_the_point_spread():
    scene = make_scene((128, 128), 2, fwhm_px=3.0, plain=True).mean(axis=2)
    window = np.hanning(128)
    power = np.abs(np.fft.rfft2((scene - scene.mean()) * window * window[:, None])) ** 2
    radius = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128))
    assert power[radius > 0.45].mean() < 1e-6 * power[(radius > 0.01) & (radius < 0.05)].mean()


def test_the_chart_holds_the_24_patches():
    chart = targets.colour_chart((80, 120))
    middle = chart[10::20, 10::20].reshape(24, 3)
    np.testing.assert_allclose(middle, np.clip(chart_srgb(), 0, 1), atol=1e-6)
    grey = middle[18:]
    assert (np.diff(grey.mean(axis=1)) < 0).all()
    assert np.abs(grey / grey.mean(axis=1, keepdims=True) - 1).max() < 0.2


def test_the_edge_is_slanted_by_five_degrees():
    edge = targets.slanted_edge((100, 100), 0.0, 1.0)[..., 0]
    columns = edge.shape[1] - edge.sum(axis=1)
    slope = np.polyfit(np.arange(100), columns, 1)[0]
    assert np.degrees(np.arctan(-slope)) == pytest.approx(5, abs=0.1)


def test_the_star_fades_to_grey_in_its_middle():
    star = targets.siemens_star((201, 201))[..., 0]
    assert star[95:106, 95:106].std() < 0.02
    assert star[100, 20:180].max() <= 0.8 + 1e-6
    y, x = np.indices(star.shape) - 100
    outer = (np.hypot(y, x) > 80) & (np.hypot(y, x) < 95)
    assert np.ptp(star[outer]) > 0.6
    turns = np.arange(0, 2 * np.pi, 2 * np.pi / 720)
    ring = star[
        np.rint(100 + 88 * np.sin(turns)).astype(int), np.rint(100 + 88 * np.cos(turns)).astype(int)
    ]
    assert np.argmax(np.abs(np.fft.rfft(ring - ring.mean()))) == targets.SPOKES


def test_wrong_sizes_are_refused():
    with pytest.raises(isp.IspError, match="at least 1×1"):
        make_scene((0, 5), 0)
