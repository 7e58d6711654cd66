"""Whole frames without a map: what changes is told, and nothing else changes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from isp.cfa import Cfa
from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.testing import frames
from stages.learned.fullframe.blind import repair_blind
from stages.learned.running.place import Place

EXACT = Place(torch.device("cpu"), torch.float32)


def smooth(x: Tensor) -> Tensor:
    """A network that takes the median of 5x5."""
    padded = torch.nn.functional.pad(x, (2, 2, 2, 2), mode="reflect")
    windows = padded.unfold(2, 5, 1).unfold(3, 5, 1)
    return windows.reshape(*x.shape, 25).median(dim=-1).values


def ran(frame: RawFrame, threshold: float) -> tuple[RawFrame, DefectMap]:
    return repair_blind(
        frame, smooth, threshold=threshold, multiple=4, tile_px=16, overlap_px=4, place=EXACT,
        step="test",
    )  # fmt: skip


def damaged(dtype: str = "uint16") -> tuple[RawFrame, RawFrame]:
    clean = frames.flat(Cfa.parse("GRBG"), dtype, (61, 58))
    mosaic = clean.mosaic.copy()
    mosaic[20:24, 30:33] = 0
    mosaic[40, 10] = clean.levels.white.max()
    return clean, clean.with_mosaic(mosaic, "damage")


def test_what_the_network_changes_is_written_and_marked() -> None:
    for dtype in frames.DTYPES:
        clean, frame = damaged(dtype)
        out, found = ran(frame, 0.1)
        np.testing.assert_array_equal(found.mask(), frame.mosaic != clean.mosaic)
        np.testing.assert_allclose(out.mosaic, clean.mosaic, atol=1)
        assert out.mosaic.dtype == frame.mosaic.dtype
        assert "0.1" in found.source


def test_a_threshold_of_zero_takes_all_that_differs() -> None:
    frame = frames.textured(Cfa.parse("RGGB"), shape=(40, 40))
    out, found = ran(frame, 0.0)
    assert len(found) > 0.8 * frame.mosaic.size
    assert not ((out.mosaic != frame.mosaic) & ~found.mask()).any()


def test_the_masked_border_stays() -> None:
    area = Area(4, 6, 50, 45)
    frame = frames.with_border(frames.textured(Cfa.parse("RGGB"), shape=(60, 60)), area, 7)
    out, found = ran(frame, 0.0)
    outside = np.ones(frame.shape, bool)
    outside[area.slices] = False
    np.testing.assert_array_equal(out.mosaic[outside], 7)
    assert not found.mask()[outside].any()


def test_highlights_above_the_picture_white_stay() -> None:
    """Red clips above white once it is balanced: not shown to the network, so not taken from it."""
    frame = RawFrame.of(np.full((40, 40), 0.95, np.float32), "RGGB", white_balance=(2.0, 1.0, 1.5))
    out, found = ran(frame, 0.05)
    assert len(found) == 0
    np.testing.assert_array_equal(out.mosaic, frame.mosaic)
