"""Random telegraph signals and sequences of damaged frames."""

import numpy as np
import pytest

from isp.frame import RawFrame
from isp.noise import NoiseModel
from isp.population.blinking import damaged_sequence
from isp.population.groups import Blinking
from isp.population.model import Population
from isp.population.telegraph import Traps


def blinking(**more):
    return Blinking.model_validate({"kind": "blinking", "amplitude": {"e": 100}} | more)


def test_traps_are_active_for_their_share_of_the_time():
    damage = blinking(on_hz=2.0, off_hz=6.0)
    traps = Traps.stationary(damage, 20000, np.random.default_rng(0))
    later = traps.after(0.05, np.random.default_rng(1))
    for state in (traps, later):
        assert state.active.mean() == pytest.approx(0.25, abs=0.015)


@pytest.mark.parametrize("interval_s", [0.01, 0.1, 1.0])
def test_correlation_falls_with_the_sum_of_the_rates(interval_s):
    damage = blinking(on_hz=3.0, off_hz=5.0)
    rng = np.random.default_rng(2)
    first = Traps.stationary(damage, 60000, rng)
    second = first.after(interval_s, rng)
    found = np.corrcoef(first.active[:, 0], second.active[:, 0])[0, 1]
    assert found == pytest.approx(np.exp(-8 * interval_s), abs=0.015)


def test_two_traps_give_three_levels_and_an_amplifier_gives_both_signs():
    rng = np.random.default_rng(0)
    dark = Traps.stationary(blinking(traps=2), 1000, rng).level(rng)
    assert set(dark) == {0, 1, 2}
    amplifier = blinking(source="source_follower", on_hz=1e5, off_hz=1e5, cds_s=1e-5)
    assert set(Traps.stationary(amplifier, 1000, rng).level(rng)) == {-1, 0, 1}


def frames(count):
    for _ in range(count):
        mosaic = np.full((60, 80), 1000, np.uint16)
        yield RawFrame.of(mosaic, "RGGB", white_dn=4095, noise=NoiseModel(1.0, 4.0))


def test_a_sequence_keeps_its_defects_and_switches_the_blinking_ones():
    population = Population.model_validate(
        [
            {"count": 40, "damage": {"kind": "partially_stuck", "excess": {"dn": [50, 200]}}},
            {
                "count": 200,
                "damage": {
                    "kind": "blinking",
                    "amplitude": {"e": 400},
                    "on_hz": 1.0,
                    "off_hz": 1.0,
                },
            },
        ]
    )
    taken = list(damaged_sequence(frames(60), population, np.random.default_rng(3), interval_s=0.1))
    fixed = np.stack([one.truth.severity_dn[one.truth.kind == 6] for one in taken])
    assert (fixed == fixed[0]).all() and fixed.shape == (60, 40)
    on = np.stack([one.truth.severity_dn[one.truth.kind == 10] for one in taken]) > 200
    assert on.mean() == pytest.approx(0.5, abs=0.05)
    assert (on[1:] != on[:-1]).mean() == pytest.approx(0.5 * (1 - np.exp(-0.2)), abs=0.015)
