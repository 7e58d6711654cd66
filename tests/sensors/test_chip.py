"""Frames of an individual sensor: noise, levels, colours, defects in electrons."""

import numpy as np
import pytest

import isp
from isp.cfa import CHANNEL_OF_SITE
from isp.defects import DefectKind
from isp.population.model import Population
from sensors import preset
from sensors.scene import make_scene
from sensors.spectrum import chart_srgb


def sensor_of(name="full_frame_24mp", **changes):
    return preset.load(name).model_copy(update=changes)


def grey(shape=(120, 160), level=0.3):
    return np.full((*shape, 3), level, np.float32)


def test_noise_is_what_the_metadata_say():
    sensor = sensor_of("phone", prnu_percent=0.0, dsnu_e=0.0, column_pattern_e=0.0, row_noise_e=0.0)
    for level in (0.02, 0.2, 0.8):
        frame, ideal = sensor.expose_with_reference(
            grey((300, 400), level), np.random.default_rng(0), gain=4.0
        )
        residual = frame.mosaic - ideal.mosaic
        expected = frame.meta.noise.sigma_dn(ideal.signal())
        z = residual / expected
        assert z.mean() == pytest.approx(0, abs=0.015)
        assert z.std() == pytest.approx(1, abs=0.015)


def test_white_is_metered_to_nine_tenths_and_gain_makes_noise():
    sensor = sensor_of()
    low = sensor.expose(grey(level=1.0), 0.01, 25.0, 1.0, np.random.default_rng(0))
    high = sensor.expose(grey(level=1.0), 0.01, 25.0, 16.0, np.random.default_rng(0))
    green = np.asarray(CHANNEL_OF_SITE)[low.cfa.index_map(low.shape)] == 1
    for frame in (low, high):
        assert frame.normalised()[green].mean() == pytest.approx(0.9, abs=0.01)
    assert high.normalised()[green].std() > 2.5 * low.normalised()[green].std()
    assert (low.meta.gain, high.meta.gain) == (100, 1600)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "BGGR", "GBRG", "XTRANS", "QUAD_RGGB"])
def test_a_white_scene_is_white_after_balance(cfa):
    sensor = sensor_of(cfa=cfa)
    frame = sensor.expose(grey(level=0.5), 0.01, 25.0, 1.0, np.random.default_rng(0))
    channel = np.asarray(CHANNEL_OF_SITE)[frame.cfa.index_map(frame.shape)]
    balanced = [frame.signal()[channel == c].mean() * frame.meta.white_balance[c] for c in range(3)]
    np.testing.assert_allclose(balanced, balanced[1], rtol=0.005)


def test_colours_of_the_chart_come_back():
    sensor = sensor_of("phone")
    patches = np.clip(chart_srgb(), 0, 1)
    seen = np.maximum(patches @ sensor.colour.from_srgb.T, 0)
    meta = sensor.meta((8, 8), 0.01, 25.0, 1.0)
    xyz = seen / np.asarray(meta.white_balance) @ np.linalg.inv(np.asarray(meta.camera_matrix)).T
    from colour import XYZ_to_Lab, delta_E
    from colour.models import RGB_COLOURSPACE_sRGB

    lab = XYZ_to_Lab(
        xyz / (xyz[18, 1] / (patches @ RGB_COLOURSPACE_sRGB.matrix_RGB_to_XYZ.T)[18, 1])
    )
    true = XYZ_to_Lab(patches @ RGB_COLOURSPACE_sRGB.matrix_RGB_to_XYZ.T)
    assert delta_E(lab, true, method="CIE 2000").mean() < 1.0


def test_a_monochrome_sensor_sees_luminance():
    sensor = sensor_of("machine_vision")
    frame = sensor.expose(make_scene((64, 64), 0), 0.01, 25.0, 1.0, np.random.default_rng(0))
    assert frame.cfa.family == "mono" and frame.meta.camera_matrix is None


def test_optical_black_lies_outside_the_active_area_and_keeps_the_phase():
    sensor = sensor_of(optical_black_rows=3, optical_black_cols=5, dark_current_e_s=0.0)
    chip = sensor.chip((60, 80), np.random.default_rng(0), defects=False)
    frame = chip.expose(grey((60, 80), 0.9), np.random.default_rng(1)).frame
    assert frame.shape == (63, 85)
    assert frame.cfa.shifted(3, 5) == sensor.pattern
    dark = np.concatenate([frame.mosaic[:3].ravel(), frame.mosaic[3:, :5].ravel()])
    assert dark.mean() == pytest.approx(sensor.black_dn, abs=1.0)
    assert frame.mosaic[3:, 5:].min() > 2000


def test_green_imbalance():
    sensor = sensor_of(gb_excess_percent=3.0, prnu_percent=0.0)
    _, ideal = sensor.expose_with_reference(grey(), np.random.default_rng(0))
    sites = ideal.cfa.index_map(ideal.shape)
    signal = ideal.signal()
    assert signal[sites == 3].mean() / signal[sites == 1].mean() == pytest.approx(1.03, rel=1e-4)


def test_defects_act_in_electrons_before_the_converter():
    population = Population.model_validate(
        [
            {
                "count": 3000,
                "damage": {"kind": "hot", "excess": {"e_s": 4000}, "doubling_c": 6.0},
            }
        ]
    )
    sensor = sensor_of(population=population, adc_noise_dn=0.0, read_noise_e=0.0, dsnu_e=0.0)
    chip = sensor.chip((200, 200), np.random.default_rng(0))
    taken = [
        chip.expose(None, np.random.default_rng(1), exposure_s=t, temperature_c=c)
        for t, c in ((0.5, 20.0), (1.0, 20.0), (0.5, 26.0))
    ]
    k = sensor.system_gain_dn_e
    means = [one.truth.severity_dn.mean() / k for one in taken]
    np.testing.assert_allclose(means, [2000, 4000, 4000], rtol=0.01)
    assert taken[0].truth.severity_dn.std() / k == pytest.approx(np.sqrt(2000), rel=0.05)
    assert set(taken[0].truth.kind) == {DefectKind.HOT}


def test_defects_stay_and_noise_changes_from_frame_to_frame():
    chip = sensor_of("phone").chip((300, 400), np.random.default_rng(0))
    first, second = (chip.expose(None, np.random.default_rng(s)) for s in (1, 2))
    np.testing.assert_array_equal(first.truth.rows, second.truth.rows)
    assert (first.frame.mosaic != second.frame.mosaic).mean() > 0.1


def test_a_scene_of_another_size_is_refused():
    chip = sensor_of().chip((40, 40), np.random.default_rng(0))
    with pytest.raises(isp.IspError, match="make them equal"):
        chip.expose(grey((30, 40)), np.random.default_rng(0))
    with pytest.raises(isp.IspError, match="linear sRGB"):
        chip.expose(np.zeros((40, 40), np.float32), np.random.default_rng(0))
