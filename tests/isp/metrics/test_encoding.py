import colour
import numpy as np
import pytest

from isp.frame import RawFrame
from isp.metrics.encoding import code_variance, encoded_mosaic, saturated
from isp.transfer import srgb_decoded, srgb_encoded


def test_the_transfer_function_is_colours():
    light = np.linspace(0, 1, 999)
    assert srgb_encoded(light) == pytest.approx(colour.cctf_encoding(light, "sRGB"), abs=1e-12)


def test_decoding_undoes_encoding():
    light = np.linspace(0, 1, 999)
    assert srgb_decoded(srgb_encoded(light)) == pytest.approx(light, abs=1e-7)


def test_values_beyond_the_range_are_clipped():
    assert srgb_encoded([-0.5, 0.0, 1.0, 7.0]).tolist() == pytest.approx([0, 0, 1, 1])


@pytest.mark.parametrize("cfa", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_a_mosaic_is_balanced_before_it_is_encoded(cfa):
    gains = (2.0, 1.0, 1.5)
    frame = RawFrame.of(
        np.full((5, 7), 300, np.uint16), cfa, black_dn=100, white_dn=1100, white_balance=gains
    )
    found = encoded_mosaic(frame)
    channel = np.array([0, 1, 2, 1])[frame.cfa.index_map((5, 7))]
    assert found == pytest.approx(srgb_encoded(0.2 * np.array(gains)[channel]), abs=1e-6)


@pytest.mark.parametrize(("step", "level"), [(1, 9.0), (1, 180.0), (4, 120.0)])
def test_what_codes_leave_open_is_their_quantisation_noise(step, level):
    light = np.random.default_rng(3).uniform(level - step / 2, level + step / 2, (400, 400))
    scene = RawFrame.of(light.astype(np.float32), "RGGB", white_dn=255)
    codes = step * np.rint(light / step)
    error = encoded_mosaic(scene) - encoded_mosaic(scene, codes)
    expected = code_variance(scene, step)
    assert expected.mean() == pytest.approx(np.mean(error**2), rel=0.03)
    assert not code_variance(scene, 0.0).any()


def test_saturation_follows_the_clip_level():
    mosaic = np.array([[4095, 4094], [17, 4095]], np.uint16)
    assert saturated(RawFrame.of(mosaic, "RGGB", white_dn=4095)).tolist() == [
        [True, False],
        [False, True],
    ]
