"""Marked pixels through networks: what is seen, what is painted over, what is computed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from isp.cfa import BAYER_NAMES, Cfa
from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.testing import frames
from isp.transfer import srgb_encoded
from stages.learned.fullframe.masked import LONGEST_PX, Painter, repair_masked
from stages.learned.fullframe.seam import POWER, REACH_PX, carried
from stages.learned.running.place import Place

EXACT = Place(torch.device("cpu"), torch.float32)
SIDE = 32


def same(x: Tensor) -> Tensor:
    return x


def neighbours(x: Tensor) -> Tensor:
    """A network that has learned to fill: the mean of the pixels round one that are not black."""
    known = (x > 0).float()
    box = torch.ones(4, 1, 5, 5)
    total = torch.nn.functional.conv2d(x, box, padding=2, groups=4)
    count = torch.nn.functional.conv2d(known, box, padding=2, groups=4)
    return torch.where(x > 0, x, total / count.clamp(min=1))


def square(frame: RawFrame, row: int, col: int, side: int) -> DefectMap:
    mask = np.zeros(frame.shape, bool)
    mask[row : row + side, col : col + side] = True
    return frames.defects_of(frame, mask)


@pytest.mark.parametrize("phase", BAYER_NAMES)
@pytest.mark.parametrize("dtype", frames.DTYPES)
def test_a_flat_field_is_filled_by_a_network_that_fills(phase: str, dtype: str) -> None:
    frame = frames.flat(Cfa.parse(phase), dtype, (70, 81))
    for row, col in ((31, 40), (0, 0), (67, 78)):
        defects = square(frame, row, col, 3)
        repair = repair_masked(frame, defects, Painter(neighbours, EXACT, SIDE, "black"))
        truth = frame.mosaic[defects.rows, defects.cols]
        assert repair.repaired.all()
        np.testing.assert_allclose(repair.values, truth, atol=0.01 * frame.levels.white.max())


@pytest.mark.parametrize("paint", ["black", "near"])
def test_what_is_marked_is_painted_and_the_rest_is_shown(paint: str) -> None:
    seen: list[Tensor] = []
    frame = frames.flat(Cfa.parse("GBRG"), "float32", (90, 90))
    defects = square(frame, 40, 43, 6)
    painter = Painter(lambda x: seen.append(x.clone()) or x, EXACT, SIDE, paint, join=False)
    repair = repair_masked(frame, defects, painter)
    assert len(seen) == 1
    assert seen[0].shape == (1, 4, SIDE, SIDE)
    levels = srgb_encoded(np.array([0.35 * 1.9, 0.5, 0.5, 0.25 * 1.5]))
    for plane, level in zip(seen[0][0].numpy(), levels, strict=True):
        painted = ~np.isclose(plane, level, atol=1e-5)
        if paint == "near":
            assert not painted.any()
        else:
            assert painted.sum() == 9
            assert (plane[painted] == 0).all()
    expected = frame.mosaic[defects.rows, defects.cols] if paint == "near" else 0.0
    np.testing.assert_allclose(repair.values, expected, atol=0.1)


def test_highlights_within_a_window_are_not_clipped() -> None:
    """White balance lifts red above white; the window is shown darker, and brought back."""
    mosaic = np.full((60, 60), 0.9, np.float32)
    frame = RawFrame.of(mosaic, "RGGB", white_balance=(2.0, 1.0, 1.3))
    defects = square(frame, 29, 29, 4)
    repair = repair_masked(frame, defects, Painter(same, EXACT, SIDE, "near"))
    np.testing.assert_allclose(repair.values, 0.9, rtol=1e-4)


def test_only_windows_are_computed() -> None:
    shapes: list[tuple[int, ...]] = []
    frame = frames.textured(Cfa.parse("RGGB"), shape=(400, 600))
    mask = np.zeros(frame.shape, bool)
    for row, col in ((20, 30), (200, 300), (390, 590)):
        mask[row : row + 5, col : col + 5] = True
    painter = Painter(lambda x: shapes.append(tuple(x.shape)) or x, EXACT, SIDE)
    repair_masked(frame, frames.defects_of(frame, mask), painter)
    assert sum(shape[0] for shape in shapes) == 3
    assert {shape[1:] for shape in shapes} == {(4, SIDE, SIDE)}


def test_a_hole_larger_than_a_window_closes_from_its_rim() -> None:
    frame = frames.flat(Cfa.parse("RGGB"), "float32", (260, 260))
    defects = square(frame, 60, 60, 5 * LONGEST_PX)
    repair = repair_masked(frame, defects, Painter(neighbours, EXACT, SIDE, "near"))
    assert repair.repaired.all()
    np.testing.assert_allclose(repair.values, frame.mosaic[defects.rows, defects.cols], rtol=0.01)
    assert "pieces" in repair.notes[0]


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    frame = frames.textured(Cfa.parse("RGGB"), shape=(40, 44))
    everything = frames.defects_of(frame, np.ones(frame.shape, bool))
    assert not repair_masked(frame, everything, Painter(same, EXACT, SIDE, "black")).repaired.any()
    red = np.zeros(frame.shape, bool)
    red[::2, ::2] = True
    assert not repair_masked(
        frame, frames.defects_of(frame, red), Painter(neighbours, EXACT, SIDE, "black")
    ).repaired.any()


def test_border_and_picture_do_not_see_each_other() -> None:
    area = Area(6, 9, 50, 48)
    results = []
    for fill in (400, 4000):
        frame = frames.with_border(frames.flat(Cfa.parse("RGGB"), shape=(64, 66)), area, fill)
        mask = np.zeros(frame.shape, bool)
        mask[6:10, 9:13] = mask[1, 1] = mask[30:33, 60] = True
        defects = frames.defects_of(frame, mask)
        repair = repair_masked(frame, defects, Painter(neighbours, EXACT, SIDE, "black"))
        assert repair.repaired.all()
        inside = (defects.rows >= 6) & (defects.cols >= 9) & (defects.cols < 57)
        np.testing.assert_allclose(repair.values[~inside], fill, rtol=0.02, atol=4)
        results.append(repair.values[inside])
    np.testing.assert_array_equal(results[0], results[1])


def test_a_network_that_is_off_by_a_constant_leaves_no_seam() -> None:
    frame = frames.flat(Cfa.parse("RGGB"), "float32", (70, 81))
    defects = square(frame, 30, 30, 8)
    truth = frame.mosaic[defects.rows, defects.cols]
    off = {}
    for join in (True, False):
        painter = Painter(lambda x: neighbours(neighbours(x)) * 0.9, EXACT, SIDE, "black", join)
        off[join] = np.abs(repair_masked(frame, defects, painter).values - truth).max()
    assert off[False] > 100
    assert off[True] < 20


def test_values_are_carried_as_shepard_says() -> None:
    rng = np.random.default_rng(0)
    error = rng.normal(0, 1, (2, 4, 20, 24)).astype(np.float32)
    error[rng.random(error.shape) < 0.3] = np.nan
    error[1, 2] = np.nan
    at = tuple(
        np.array(part) for part in ([0, 0, 1, 1], [0, 3, 1, 2], [0, 10, 19, 5], [3, 12, 23, 5])
    )
    expected = []
    for n, c, row, col in zip(*at, strict=True):
        rows, cols = np.mgrid[:20, :24]
        near = np.maximum(abs(rows - row), abs(cols - col)) <= REACH_PX
        near &= ~np.isnan(error[n, c])
        weight = np.maximum(np.hypot(rows - row, cols - col), 1.0)[near] ** -POWER
        found = (weight * error[n, c][near]).sum() / weight.sum() if near.any() else 0.0
        expected.append(found)
    np.testing.assert_allclose(carried(error, at), expected, rtol=1e-5)
    assert expected[-1] == 0.0
