import numpy as np
import pytest
from scipy import stats

from isp.errors import IspError
from isp.metrics.bootstrap import mean_interval, paired_lead


def test_the_interval_is_scipys():
    rng = np.random.default_rng(7)
    values = rng.normal(30, 3, 40)
    found = mean_interval(values, range(40))
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=1).confidence_interval
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.15)
    assert (found.count, found.unit) == (40, "image")


def test_crops_of_one_image_are_drawn_together():
    per_image = np.array([20.0, 30, 25, 40, 22])
    once = mean_interval(per_image, range(5))
    images = np.repeat(np.arange(5), 50)
    many = mean_interval(per_image[images], images)
    assert (many.low, many.high) == pytest.approx((once.low, once.high))


def test_one_image_is_resampled_by_crops_and_one_value_has_no_interval():
    assert mean_interval([1.0, 2, 3], ["a"] * 3).unit == "crop"
    single = mean_interval([4.0], ["a"])
    assert single.mean == 4 and np.isnan(single.low) and np.isnan(single.high)


def test_a_constant_lead_is_certain_however_the_crops_vary():
    rng = np.random.default_rng(8)
    opponent = rng.normal(25, 5, 30)
    lead = paired_lead(opponent + 1.5, opponent, list(range(30)))
    assert (lead.mean, lead.low, lead.high) == pytest.approx((1.5, 1.5, 1.5))


def test_nothing_to_average_is_said():
    with pytest.raises(IspError, match="at least one value"):
        mean_interval([], [])
    with pytest.raises(IspError, match="an image for each"):
        mean_interval([1.0, 2.0], ["a"])
