"""Vector operations that look along the lanes, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.lanes import first_lane, largest
from stages.kernels.vector import above, f32, load_f32, store, where

Floats = NDArray[np.float32]

LANES = st.lists(
    st.sampled_from([-3.5, -1.0, -0.0, 0.0, 1e-30, 2.0, 2.5, 1e30]), min_size=16, max_size=16
)


@kernel()
def _looked_at(values: Floats, sought: np.float32) -> tuple[np.float32, int, int]:
    lanes = load_f32(values, 0)
    top = largest(lanes)
    return top, first_lane(lanes, top), first_lane(lanes, sought)


@kernel()
def _larger_or_zero(one: Floats, other: Floats, out: Floats) -> None:
    a, b = load_f32(one, 0), load_f32(other, 0)
    store(out, 0, where(above(a, b), a, f32(np.float32(0.0))))


@given(LANES, st.sampled_from([-1.0, 0.0, 2.0, 7.0]))
def test_the_largest_lane_and_the_first_of_a_value(values: list[float], sought: float) -> None:
    lanes = np.array(values, np.float32)
    top, first, place = _looked_at(lanes, np.float32(sought))
    assert top == lanes.max()
    assert first == np.argmax(lanes)
    assert place == (np.flatnonzero(lanes == sought)[0] if sought in lanes else 16)


@given(LANES, LANES)
def test_lanes_are_chosen_by_a_mask(one: list[float], other: list[float]) -> None:
    a, b = np.array(one, np.float32), np.array(other, np.float32)
    out = np.full(16, np.nan, np.float32)
    _larger_or_zero(a, b, out)
    assert np.array_equal(out, np.where(a > b, a, np.float32(0.0)))


@pytest.mark.parametrize("lane", range(16))
def test_every_lane_can_be_the_largest(lane: int) -> None:
    lanes = np.linspace(-1, 0, 16, dtype=np.float32)
    lanes[lane] = 5.0
    top, first, place = _looked_at(lanes, np.float32(5.0))
    assert (float(top), first, place) == (5.0, lane, lane)
