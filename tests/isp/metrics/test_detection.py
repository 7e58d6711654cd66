"""Detection figures on maps small enough to count by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.frame import Area
from isp.metrics.detection import Share, auroc, roc, score_detection


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (10, 10), (3, 7), (990, 1000), (1, 1)])
def test_wilson_interval_equals_scipys(hits, total):
    theirs = binomtest(hits, total).proportion_ci(0.95, method="wilson")
    assert Share(hits, total).interval == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_nothing_is_known_of_no_defects():
    assert np.isnan(Share(0, 0).value)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_counts_by_hand():
    kinds = [DefectKind.HOT, DefectKind.HOT, DefectKind.DEAD, DefectKind.HOT]
    truth = DefectMap.of([1, 1, 5, 8], [1, 2, 5, 8], (10, 10), kind=kinds)
    found = DefectMap.of([1, 5, 9], [1, 5, 0], (10, 10))
    score = score_detection(found, truth)
    assert (score.recall.hits, score.recall.total) == (2, 4)
    assert (score.precision.hits, score.precision.total) == (2, 3)
    assert (score.whole.hits, score.whole.total) == (1, 3)
    assert score.false_alarms == 1
    assert score.false_per_mp == pytest.approx(1e6 / 96)
    assert score.recall_by_kind["hot"] == Share(1, 3)
    assert score.recall_by_kind["dead"] == Share(1, 1)
    assert score.recall_by_size == {1: Share(1, 2), 2: Share(1, 2)}


def test_only_the_active_area_counts():
    area = Area(2, 2, 6, 6)
    truth = DefectMap.of([0, 3], [0, 3], (10, 10), active_area=area)
    found = DefectMap.of([3, 9], [3, 9], (10, 10), active_area=area)
    score = score_detection(found, truth)
    assert score.recall == Share(1, 1)
    assert score.false_alarms == 0
    assert score.pixels == 35


def test_maps_of_two_frames_are_refused():
    with pytest.raises(MapError, match="one frame"):
        score_detection(DefectMap.of([], [], (4, 4)), DefectMap.of([], [], (5, 5)))


def test_roc_falls_with_the_threshold():
    values = np.array([[9.0, 1.0], [3.0, 5.0]])
    truth = DefectMap.of([0, 1], [0, 1], (2, 2))
    points = roc(lambda t: DefectMap.from_mask(values > t), truth, (0.0, 4.0, 6.0))
    assert list(points) == [0.0, 4.0, 6.0]
    assert [p.recall.hits for p in points.values()] == [2, 2, 1]
    assert [p.false_per_mp for p in points.values()] == [1e6, 0, 0]


def test_the_area_under_the_roc_counts_pairs_with_ties_as_half():
    good, bad = np.array([1, 2, 2, 3], np.float32), np.array([2, 4], np.float32)
    pairs = [(b > g) + 0.5 * (b == g) for b in bad for g in good]
    assert auroc(good, bad) == pytest.approx(np.mean(pairs))
    assert auroc(good, np.array([4], np.float32)) == 1
