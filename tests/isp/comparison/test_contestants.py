import numpy as np
import pytest

from isp.comparison.contestants import contestants, correct
from isp.defects import DefectMap
from isp.errors import ScenarioError, StageError
from isp.frame import RawFrame
from isp.registry import stage


def test_stages_are_named_by_name_or_with_parameters_where_they_take_part_twice(lab):
    found = contestants(["masked_median", {"masked_median": {"min_good": 5}}, lab.plane_mean])
    assert [one.label for one in found][2] == "plane_mean"
    assert "min_good=5" in found[1].label and "min_good=3" in found[0].label
    assert found[0].takes_map and not found[0].on_picture and not found[0].learned


def test_what_was_trained_is_no_classical_rival(lab):
    given = ["fsr", "cluster", "cluster_blind", "median8"]
    assert [one.learned for one in contestants(given)] == [False, True, True, False]


def test_what_cannot_take_part_is_said(lab):
    with pytest.raises(ScenarioError, match="takes part twice"):
        contestants(["masked_median", "masked_median"])
    with pytest.raises(ScenarioError, match="'malvar' is of kind demosaic"):
        contestants(["malvar"])
    with pytest.raises(StageError, match="Did you mean 'masked_median'"):
        contestants(["masked_medain"])

    @stage("temporal", reference="test")
    def several(frames, defects):
        """Need frames."""

    with pytest.raises(ScenarioError, match="needs several frames"):
        contestants([lab.made(several)])


def test_each_kind_is_put_to_work(lab):
    injection = lab.blocks(lab.scene(), np.random.default_rng(0))
    mean, bright = contestants([lab.plane_mean, lab.brighten])
    by_map = correct(mean, injection.frame, injection.truth)
    assert (by_map.marked, by_map.unrepaired, by_map.notes) == (128, 0, ("by mean",))
    changed = by_map.frame.mosaic != injection.frame.mosaic
    assert np.array_equal(changed, injection.truth.mask())
    blind = correct(bright, injection.frame, DefectMap.empty(injection.frame))
    assert (blind.frame.mosaic == injection.frame.mosaic + 1).all()


def test_a_naive_stage_on_pictures_leaves_the_mosaic(lab):
    @stage("naive", reference="test", domain="rgb")
    def grey(picture):
        """Grey."""

    (one,) = contestants([lab.made(grey)])
    frame = lab.scene()
    outcome = correct(one, frame, DefectMap.empty(frame))
    assert outcome.frame is frame and outcome.picture_stage is one.stage
    assert isinstance(outcome.frame, RawFrame) and one.on_picture
