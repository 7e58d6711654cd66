"""Errors as a file would hold them: luck on the code grid counts for nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.learned.errors import LEAST_MSE, Truth
from isp.cfa import Cfa
from isp.frame import FrameMeta, RawFrame
from isp.levels import Levels
from isp.transfer import srgb_encoded


def _frame(codes: NDArray[np.generic], white: float = 255.0) -> RawFrame:
    meta = FrameMeta(codes.shape, codes.dtype, Cfa.parse("RGGB"), Levels.of(0.0, white))
    return RawFrame(codes, meta)


def _level(*codes: float) -> NDArray[np.float64]:
    return srgb_encoded(np.array(codes) / 255)


def test_errors_are_those_of_the_encoded_levels() -> None:
    truth = Truth(_frame(np.full((6, 8), 100, np.uint8)), 1.0)
    found = truth.squares(np.array([1, 4]), np.array([2, 7]), np.array([50, 200]))
    assert found.error == pytest.approx((_level(50, 200) - _level(100)) ** 2)
    assert found.mean() == pytest.approx(found.error.mean())
    assert found.means(np.array([2, 0])) == pytest.approx(found.error[::-1])


def test_an_exact_code_counts_no_better_than_one_a_quarter_of_a_step_off() -> None:
    truth = Truth(_frame(np.full((6, 8), 100, np.uint8)), 1.0)
    codes = np.array([100.0, 100.25, 101.0])
    exact, near, beyond = truth.squares(np.full(3, 3), np.arange(3), codes).means(np.arange(3))
    step = np.diff(_level(99.5, 100.5))[0]
    assert exact == near == pytest.approx(step**2 / 12)
    assert beyond == pytest.approx(12 * exact, rel=0.05)


def test_pixels_of_one_cluster_are_judged_together() -> None:
    truth = Truth(_frame(np.full((6, 8), 100, np.uint8)), 1.0)
    found = truth.squares(np.full(2, 3), np.arange(2), np.array([100, 110]))
    assert found.means(np.zeros(2, int)) == pytest.approx([found.error[1] / 2])
    assert found.select(np.array([1])).mean() == pytest.approx(found.error[1])


def test_off_the_grid_only_the_least_error_is_a_limit() -> None:
    truth = Truth(_frame(np.full((4, 4), 100.0, np.float32)), 0.0)
    exact, off = truth.squares(np.full(2, 1), np.arange(2), np.array([100, 101])).means(
        np.arange(2)
    )
    assert exact == LEAST_MSE
    assert off > 100 * LEAST_MSE


def test_the_frame_of_the_truth_stays_as_it_is() -> None:
    codes = np.arange(48, dtype=np.uint16).reshape(6, 8)
    frame = _frame(codes.copy(), 4095.0)
    Truth(frame, 1.0).squares(np.array([0]), np.array([0]), np.array([40]))
    assert np.array_equal(frame.mosaic, codes)
