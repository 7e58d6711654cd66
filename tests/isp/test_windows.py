import numpy as np
import pytest
from scipy import ndimage

from isp.defects import DefectMap
from isp.windows import group, windows


def _reference(mask, gap):
    """Groups by flooding from pixel to pixel in reading order."""
    left = {tuple(place) for place in np.argwhere(mask).tolist()}
    label = {}
    for place in sorted(left):
        if place in label:
            continue
        number = len(set(label.values()))
        stack = [place]
        while stack:
            r, c = stack.pop()
            if (r, c) in label or (r, c) not in left:
                continue
            label[r, c] = number
            near = range(-gap, gap + 1)
            stack += [(r + i, c + j) for i in near for j in near]
    return np.array([label[place] for place in sorted(left)])


@pytest.mark.parametrize("gap", [1, 2, 4])
@pytest.mark.parametrize("density", [0.005, 0.03, 0.2])
def test_groups_equal_a_flood_fill(gap, density):
    rng = np.random.default_rng(int(1000 * density) + gap)
    mask = rng.random((60, 70)) < density
    mask[20:27, 30:41] = True
    mask[50] = True
    np.testing.assert_array_equal(group(DefectMap.from_mask(mask), gap), _reference(mask, gap))


def test_touching_groups_equal_scipy():
    mask = np.random.default_rng(0).random((80, 90)) < 0.3
    expected, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    np.testing.assert_array_equal(group(DefectMap.from_mask(mask)), expected[mask] - 1)


def test_no_marked_pixel_no_group():
    nothing = DefectMap.from_mask(np.zeros((9, 9), bool))
    assert len(group(nothing)) == 0
    assert windows(nothing, 4) == []


def test_windows_hold_their_group_and_start_at_the_period():
    mask = np.zeros((60, 70), bool)
    mask[21:27, 33:41] = mask[0, 0] = mask[59, 69] = True
    defects = DefectMap.from_mask(mask)
    found = windows(defects, margin=3, period=2)
    assert [len(window.entries) for window in found] == [1, 48, 1]
    for window in found:
        area = window.area
        assert area.top % 2 == 0 and area.left % 2 == 0 and area.inside(mask.shape)
        rows, cols = defects.rows[window.entries], defects.cols[window.entries]
        assert rows.min() - area.top >= min(3, rows.min())
        assert area.right - 1 - cols.max() >= min(3, 69 - cols.max())
