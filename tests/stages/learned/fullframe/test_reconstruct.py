"""Whole frames through networks: nothing lost on the way, no seams, any phase and size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from isp.cfa import BAYER_NAMES, Cfa
from isp.errors import StageError
from isp.frame import Area, RawFrame
from isp.testing import frames
from isp.transfer import srgb_encoded
from stages.learned.fullframe.reconstruct import reconstruct
from stages.learned.fullframe.tiling import Tiling
from stages.learned.running.place import Place

EXACT = Place(torch.device("cpu"), torch.float32)


def same(x: Tensor) -> Tensor:
    return x


class Strided(nn.Module):
    """Random, two strides down and up: blocks of 4, a receptive field of 10 to each side."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.down = nn.Sequential(nn.Conv2d(4, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 4, 2, 1))
        self.up = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 4, 4, 2, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.up(self.down(x))
        return out


@settings(max_examples=30, deadline=None)
@given(
    phase=st.sampled_from(BAYER_NAMES),
    dtype=st.sampled_from(frames.DTYPES),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    tile_px=st.integers(1, 30),
)
def test_a_network_that_changes_nothing_gives_the_frame_back(
    phase: str, dtype: str, height: int, width: int, tile_px: int
) -> None:
    frame = frames.textured(Cfa.parse(phase), dtype, (height, width))
    out = reconstruct(
        frame, same, multiple=4, tile_px=tile_px, overlap_px=3, headroom=1.9, place=EXACT
    )
    span = float(frame.levels.white.max())
    assert out.dtype == np.float32
    assert np.abs(out - frame.mosaic).max() < 1e-5 * span


@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_planes_are_red_green_green_blue_balanced_and_encoded(phase: str) -> None:
    seen: list[Tensor] = []
    frame = frames.flat(Cfa.parse(phase), "float32", (21, 18))
    reconstruct(frame, lambda x: seen.append(x) or x, multiple=1, place=EXACT)
    levels = [0.35 * 1.9, 0.5, 0.5, 0.25 * 1.5]  # of the flat frame, times its white balance
    for plane, level in zip(seen[0][0], levels, strict=True):
        np.testing.assert_allclose(plane.numpy(), srgb_encoded(level), atol=1e-5)


def test_highlights_are_clipped_unless_there_is_headroom() -> None:
    frame = RawFrame.of(np.full((8, 8), 0.9, np.float32), "RGGB", white_balance=(2.0, 1.0, 1.0))
    clipped = reconstruct(frame, same, multiple=1, place=EXACT)
    kept = reconstruct(frame, same, multiple=1, headroom=2.0, place=EXACT)
    np.testing.assert_allclose(clipped[::2, ::2], 0.5, rtol=1e-5)
    np.testing.assert_allclose(kept, 0.9, rtol=1e-5)


@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_tiles_leave_no_seams(phase: str) -> None:
    frame = frames.textured(Cfa.parse(phase), "uint16", (131, 150))
    network = Strided()
    results = [
        reconstruct(frame, network, multiple=4, tile_px=tile, overlap_px=12, place=EXACT)
        for tile in (8, 20, 33, 400)
    ]
    assert np.abs(results[0] - frame.mosaic).max() > 1.0
    for other in results[:-1]:
        np.testing.assert_allclose(other, results[-1], atol=1e-2)  # DN of 4095


def test_too_little_overlap_does_show() -> None:
    """What the test above would miss if tiles did not matter at all."""
    frame = frames.textured(Cfa.parse("RGGB"), "uint16", (131, 150))
    small, whole = (
        reconstruct(frame, Strided(), multiple=4, tile_px=tile, overlap_px=0, place=EXACT)
        for tile in (20, 400)
    )
    assert np.abs(small - whole).max() > 1.0


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frames.textured(Cfa.parse("GRBG"), shape=(90, 75))
    results = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("ISPSIM_THREADS", threads)
        results.append(reconstruct(frame, Strided(), multiple=4, tile_px=16, place=EXACT))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_bfloat16_is_close_to_float32() -> None:
    frame = frames.textured(Cfa.parse("RGGB"), shape=(64, 64))
    half = Place(torch.device("cpu"), torch.bfloat16)
    exact, quick = (
        reconstruct(frame, Strided(), multiple=4, place=place) for place in (EXACT, half)
    )
    assert 0 < np.abs(exact - quick).mean() < 0.01 * 4095


def test_the_masked_border_is_neither_seen_nor_changed() -> None:
    plain = frames.textured(Cfa.parse("RGGB"), shape=(60, 64))
    area = Area(3, 5, 50, 53)
    dark, bright = (frames.with_border(plain, area, fill) for fill in (0, 4095))
    one, other = (reconstruct(f, Strided(), multiple=4, place=EXACT) for f in (dark, bright))
    np.testing.assert_array_equal(one[area.slices], other[area.slices])
    np.testing.assert_array_equal(one[: area.top], 0)
    np.testing.assert_array_equal(other[area.bottom :], 4095)


def test_other_filter_arrays_are_refused() -> None:
    frame = frames.textured(Cfa.parse("XTRANS"))
    with pytest.raises(StageError, match="Bayer"):
        reconstruct(frame, same, multiple=1, place=EXACT)


def test_tiles_cover_an_axis_once_and_start_on_strides() -> None:
    for length in (1, 5, 16, 17, 100):
        spans = Tiling(8, 20, 5).spans(length)
        assert [s.start for s in spans[1:]] == [s.stop for s in spans[:-1]]
        assert (spans[0].start, spans[-1].stop) == (0, length)
        assert all(s.low % 8 == 0 and (s.high - s.low) % 8 == 0 for s in spans)
        assert all(s.start - s.low >= 5 and s.high - s.stop >= 5 for s in spans)


def test_sizes_that_make_no_tiles_are_refused() -> None:
    with pytest.raises(StageError, match="positive"):
        Tiling(8, 0, 5)
