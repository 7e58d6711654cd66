"""Hot pixels gathered in the field."""

import numpy as np
import pytest

from sensors import ageing, preset


def test_rates_follow_the_published_powers():
    rate = ageing.hot_pixels_per_year_mm2
    assert rate(2.0, 100) / rate(4.0, 100) == pytest.approx(2**3.05)
    assert rate(4.0, 400) / rate(4.0, 100) == pytest.approx(4**0.505)
    assert rate(7.5, 100, "ccd") == pytest.approx(10**-1.849 * 7.5**-2.25 * 100**0.687)


def test_a_full_frame_camera_gathers_a_few_hot_pixels_a_year():
    per_year = ageing.hot_pixels_per_year_mm2(5.94, 100) * 36 * 24
    assert 1 < per_year < 10


def test_an_aged_sensor_has_more_hot_pixels_evenly_spread():
    sensor = preset.load("phone")
    old = ageing.aged(sensor.population, 1.22, 400, 2000.0)
    new = type(old)()
    only_age = ageing.aged(new, 1.22, 400, 2000.0)
    assert len(old.groups) == len(sensor.population.groups) + 1
    ppm = ageing.hot_pixel_ppm(1.22, 400, 2000.0)
    chip = sensor.model_copy(update={"population": only_age}).chip(
        (1000, 1000), np.random.default_rng(0)
    )
    assert len(chip.defects) == pytest.approx(ppm, abs=5 * np.sqrt(ppm))


def test_the_old_ccd_is_older_than_its_file_says_new():
    assert preset.load("old_ccd").age_years == 20
    groups = preset.load("old_ccd").population.groups
    assert groups[-1].rate_ppm == pytest.approx(ageing.hot_pixel_ppm(4.65, 100, 20, "ccd"))
