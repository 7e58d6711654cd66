"""Windows lie in the image, hold their patch, and have it as central as they can."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.learned.inpainting_transformer.placement import window_start


@given(window=st.integers(1, 9), more=st.integers(0, 30), data=st.data())
def test_windows_are_those_of_the_paper(window: int, more: int, data: st.DataObject) -> None:
    patches = window + more
    at = data.draw(st.integers(0, patches - 1))
    start = int(window_start(np.array([at]), patches, window)[0])
    # The paper counts from 1: g(c) = max(1, c − ⌊L/2⌋), r = g(t) − max(0, g(t) + L − N − 1).
    centred = max(1, at + 1 - window // 2)
    assert start == centred - max(0, centred + window - patches - 1) - 1


@given(window=st.integers(1, 9), more=st.integers(0, 30), group=st.integers(1, 4), data=st.data())
def test_windows_hold_their_group_as_centrally_as_they_can(
    window: int, more: int, group: int, data: st.DataObject
) -> None:
    patches, group = window + more, min(group, window)
    first = data.draw(st.integers(0, patches - 1)) // group * group
    start = int(window_start(np.array([first]), patches, window, group)[0])
    last = min(first + group, patches) - 1
    assert 0 <= start <= first
    assert last < start + window <= patches
    free = [s for s in range(patches - window + 1) if s <= first and last < s + window]
    middle = first + group // 2
    assert abs(start + window // 2 - middle) == min(abs(s + window // 2 - middle) for s in free)
