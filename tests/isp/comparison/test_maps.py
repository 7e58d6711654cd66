import numpy as np
import pytest

from isp.comparison.maps import check_maps, detected_map, make_map, wrong_map
from isp.errors import ScenarioError


def test_a_wrong_map_misses_and_adds_a_tenth(lab):
    truth = lab.blocks(lab.scene(), np.random.default_rng(0), side=10, count=4).truth
    wrong = wrong_map(truth, np.random.default_rng(1))
    right, given = truth.mask(), wrong.mask()
    assert int((right & ~given).sum()) in (40, 41)
    assert int((given & ~right).sum()) in (40, 41)
    assert (wrong.shape, wrong.cfa) == (truth.shape, truth.cfa)


def test_few_defects_are_missed_by_chance_and_right_on_average(lab):
    truth = lab.blocks(lab.scene(), np.random.default_rng(0), side=2, count=1).truth
    misses = [
        4 - int((wrong_map(truth, np.random.default_rng(k)).mask() & truth.mask()).sum())
        for k in range(400)
    ]
    assert set(misses) == {0, 1}
    assert np.mean(misses) == pytest.approx(0.4, abs=0.08)


def test_the_detector_sees_the_damaged_frame(lab):
    injection = lab.blocks(lab.scene(), np.random.default_rng(2))
    found = detected_map(lab.at_black, injection.frame)
    assert np.array_equal(found.mask(), injection.truth.mask())
    rng = np.random.default_rng(0)
    same = make_map("detected", injection.truth, injection.frame, lab.at_black, rng)
    assert np.array_equal(same.mask(), found.mask())
    assert make_map("truth", injection.truth, injection.frame, None, rng) is injection.truth


def test_unknown_maps_and_missing_detectors_are_said(lab):
    with pytest.raises(ScenarioError, match="Did you mean 'detected'"):
        check_maps(("truth", "detcted"))
    injection = lab.blocks(lab.scene(), np.random.default_rng(2))
    with pytest.raises(ScenarioError, match="needs a detector"):
        make_map("detected", injection.truth, injection.frame, None, np.random.default_rng(0))
