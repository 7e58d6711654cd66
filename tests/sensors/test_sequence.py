"""Sequences of a simulated sensor."""

import tracemalloc

import numpy as np
import pytest

import isp
from isp.defects import DefectKind
from isp.population.model import Population
from isp.settings import settings
from sensors import preset


def test_settings_run_from_the_first_to_the_last_value():
    plan = list(settings(3, (0.01, 1.0), (20.0, 30.0), 2.0))
    assert [round(s.exposure_s, 6) for s in plan] == [0.01, 0.1, 1.0]
    assert [s.temperature_c for s in plan] == [20, 25, 30]
    assert {s.gain for s in plan} == {2.0}
    assert len(list(settings(1, 0.1, 20.0))) == 1
    for wrong in ((0, 0.1), (3, 0.0), (3, (0.1, -1.0))):
        with pytest.raises(isp.IspError, match="at least one frame"):
            list(settings(*wrong, 20.0))


def test_settings_that_are_not_given_are_the_sensors_own():
    (setting,) = settings(1)
    assert setting.exposure_s is None and setting.temperature_c is None
    sensor = preset.load("phone")
    chip = sensor.chip((64, 96), np.random.default_rng(0), defects=False)
    (taken,) = chip.sequence(None, [setting], np.random.default_rng(1), interval_s=1.0)
    assert taken.frame.meta.exposure_s == sensor.nominal_exposure_s


def test_the_light_stays_and_fits_the_longest_exposure():
    sensor = preset.load("full_frame_24mp")
    chip = sensor.chip((64, 96), np.random.default_rng(0), defects=False)
    scene = np.full((64, 96, 3), 0.9, np.float32)
    plan = settings(3, (0.01, 0.04), 20.0)
    taken = list(chip.sequence(scene, plan, np.random.default_rng(1), interval_s=1.0))
    level = [float(np.median(one.frame.signal())) for one in taken]
    assert level[2] / level[0] == pytest.approx(4.0, rel=0.02)
    assert max(one.frame.mosaic.max() for one in taken) < sensor.white_dn(1.0)


def test_defects_stay_follow_the_settings_and_blink():
    population = Population.model_validate(
        [
            {"count": 400, "damage": {"kind": "hot", "excess": {"e_s": 2000}, "doubling_c": 5.0}},
            {
                "count": 400,
                "damage": {
                    "kind": "blinking",
                    "amplitude": {"e": 600},
                    "on_hz": 0.5,
                    "off_hz": 0.5,
                },
            },
        ]
    )
    sensor = preset.load("full_frame_24mp").model_copy(update={"population": population})
    chip = sensor.chip((100, 120), np.random.default_rng(0))
    plan = settings(11, (0.1, 1.0), (20.0, 30.0))
    taken = list(chip.sequence(None, plan, np.random.default_rng(1), interval_s=1.0))
    k = sensor.system_gain_dn_e
    hot = [one.truth.severity_dn[one.truth.kind == DefectKind.HOT].mean() / k for one in taken]
    assert hot[0] == pytest.approx(200, rel=0.02)
    assert hot[-1] == pytest.approx(8000, rel=0.02)
    blinks = [one.truth.severity_dn[one.truth.kind == DefectKind.BLINKING] for one in taken]
    on = np.stack(blinks) > 80
    assert (on[1:] != on[:-1]).mean() == pytest.approx(0.5 * (1 - np.exp(-1.0)), abs=0.03)
    assert len({one.frame.mosaic.tobytes() for one in taken}) == 11


def test_a_long_sequence_streams_in_the_memory_of_a_few_frames():
    sensor = preset.load("machine_vision")
    chip = sensor.chip((128, 128), np.random.default_rng(0))

    def peak(frames):
        tracemalloc.start()
        plan = settings(frames, 0.01, 20.0)
        for taken in chip.sequence(None, plan, np.random.default_rng(1), interval_s=0.1):
            assert taken.frame.shape == (128, 128)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)  # what is imported and kept at first use is no frame's
    assert peak(100) < 1.2 * peak(5)
