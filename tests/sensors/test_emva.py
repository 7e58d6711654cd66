"""The EMVA 1288 round trip: a simulated sensor's frames give its figures back."""

import numpy as np
import pytest

import isp
from sensors import preset
from sensors.emva import characterise


@pytest.fixture(scope="module", params=["machine_vision", "full_frame_24mp"])
def found(request):
    sensor = preset.load(request.param)
    chip = sensor.chip((192, 256), np.random.default_rng(1), defects=False)
    return sensor, characterise(chip, np.random.default_rng(2))


def check(estimate, expected, sigmas=4.5):
    assert estimate.error < 0.02 * expected
    assert abs(estimate.value - expected) < sigmas * estimate.error


def test_system_gain(found):
    check(found[1].gain_dn_e, found[0].system_gain_dn_e)


def test_temporal_dark_noise(found):
    sensor = found[0]
    converter = sensor.adc_noise_dn / sensor.system_gain_dn_e
    check(
        found[1].dark_noise_e,
        np.sqrt(sensor.read_noise_e**2 + sensor.row_noise_e**2 + converter**2),
    )


def test_dark_nonuniformity(found):
    # one draw of column offsets is common to all bands, whose scatter does not show its chance
    expected = np.hypot(found[0].dsnu_e, found[0].column_pattern_e)
    assert found[1].dsnu_e.value == pytest.approx(expected, rel=0.03)


def test_photo_response_nonuniformity(found):
    check(found[1].prnu_percent, found[0].prnu_percent)


def test_dark_current_and_its_doubling(found):
    check(found[1].dark_current_e_s, found[0].dark_current_e_s)
    check(found[1].doubling_c, found[0].dark_doubling_c)


def test_gain_scales_k_and_divides_the_converters_noise():
    sensor = preset.load("full_frame_24mp")
    chip = sensor.chip((128, 256), np.random.default_rng(1), defects=False)
    found = characterise(chip, np.random.default_rng(2), gain=8.0)
    check(found.gain_dn_e, 8 * sensor.system_gain_dn_e)
    converter = sensor.adc_noise_dn / (8 * sensor.system_gain_dn_e)
    check(
        found.dark_noise_e, np.sqrt(sensor.read_noise_e**2 + sensor.row_noise_e**2 + converter**2)
    )


@pytest.mark.parametrize("gain", [1.0, 16.0, 32.0])
def test_dark_current_does_not_fill_the_range_that_gain_leaves(gain):
    sensor = preset.load("phone")
    chip = sensor.chip((128, 256), np.random.default_rng(1), defects=False)
    found = characterise(chip, np.random.default_rng(2), gain=gain)
    check(found.dark_current_e_s, sensor.dark_current_e_s)


def test_a_sensor_whose_noise_hides_below_a_code_is_refused():
    chip = preset.load("thesis_fixed").chip((64, 64), np.random.default_rng(0), defects=False)
    with pytest.raises(isp.IspError, match="does not apply"):
        characterise(chip, np.random.default_rng(1))
