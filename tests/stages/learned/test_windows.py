"""Windows of a frame in every phase, and the encoding that they are seen in."""

from __future__ import annotations

import numpy as np
import pytest

from isp.cfa import Cfa, R
from isp.frame import RawFrame
from stages.kernels.cluster_window import (
    CHANNELS,
    CORE,
    PACKED,
    RIM,
    WINDOW,
    fill_window,
    normalise_window,
    window_work,
)
from stages.kernels.encoded_boxes import balanced_scale
from stages.learned.clusternet.windows import (
    BAD,
    LONGEST,
    Windows,
    read_off,
    window_insets,
    window_origins,
)

GAINS = (2.0, 1.0, 1.5)


def scene(rng: np.random.Generator, cfa: str, shape: tuple[int, int] = (90, 87)) -> RawFrame:
    rows, cols = np.indices(shape)
    light = 900 + 500 * np.sin(rows / 7.3) * np.cos(cols / 5.1) + rng.normal(0, 30, shape)
    return RawFrame.of(
        np.rint(light + 256).astype(np.uint16),
        cfa,
        black_dn=256,
        white_dn=4095,
        white_balance=GAINS,
    )


def unpacked(planes: np.ndarray) -> np.ndarray:
    """(PACKED, PACKED, 4) to (WINDOW, WINDOW)."""
    cells = planes.reshape(PACKED, PACKED, 2, 2).transpose(0, 2, 1, 3)
    return cells.reshape(WINDOW, WINDOW)


def windows(
    frame: RawFrame, status: np.ndarray, origins: np.ndarray, before: Windows | None = None
) -> Windows:
    filled = np.zeros((0, 0), np.float32)
    black, scale = frame.levels.black, balanced_scale(frame.meta)
    return Windows.of(frame.mosaic, filled, status, black, scale, origins, before)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize("colour", [0, 2], ids=["red", "blue"])
def test_every_window_starts_where_it_is_told_and_reads_back_what_it_saw(
    cfa: str, colour: int
) -> None:
    frame = scene(np.random.default_rng(3), cfa)
    down, right = np.argwhere(np.asarray(frame.cfa.pattern) == colour)[0]
    boxes = np.array([[30, 33, 30 + LONGEST, 33 + LONGEST], [41, 40, 42, 41], [1, 2, 11, 7]])
    origins = window_origins(boxes, (int(down), int(right)))
    assert not ((origins - (down, right)) % 2).any()
    seen = windows(frame, np.zeros(frame.shape, np.uint8), origins)
    entries = [
        np.argwhere(np.ones((b - t, r - le), bool)) + np.array((t, le)) for t, le, b, r in boxes
    ]
    starts = np.cumsum([0, *map(len, entries)])
    rows, cols = np.concatenate(entries).astype(np.int32).T.copy()
    levels, spreads = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    done = np.zeros(len(rows), bool)
    insets = window_insets(boxes, origins)
    assert insets == [0, 3, 2]
    nothing = np.full((3, CORE, CORE, 4), np.nan, np.float32)
    for one, inset in zip(nothing, insets, strict=True):
        one[inset : CORE - inset, inset : CORE - inset] = 0.0
    read_off(
        nothing, nothing, seen.features, seen.statistics, seen.known, origins, starts, rows, cols,
        levels, spreads, done,
    )  # fmt: skip
    gains = frame.levels.spread(frame.meta.site_gains(), frame.shape)
    truth = ((frame.mosaic.astype(float) - 256) / (4095 - 256) * gains)[rows, cols]
    np.testing.assert_allclose(levels, truth, atol=2e-5)
    assert done.all()
    assert (spreads > 0).all()


def test_a_windows_first_plane_is_red() -> None:
    mosaic = np.zeros((80, 80), np.uint16)
    cfa = Cfa.parse("GBRG")
    level = {0: 3000, 1: 1000, 3: 1000, 2: 2000}
    for i in range(2):
        for j in range(2):
            mosaic[i::2, j::2] = level[cfa.pattern[i][j]]
    frame = RawFrame.of(mosaic, cfa, black_dn=0, white_dn=4000)
    origins = window_origins(np.array([[35, 36, 44, 44]]), cfa.first(R))
    features = windows(frame, np.zeros(frame.shape, np.uint8), origins).features
    red, green1, green2, blue = features[0, ..., :4].mean((0, 1))
    assert green1 == pytest.approx(green2, abs=1e-5)
    assert green1 < blue < red
    assert (features[0, ..., :4].std((0, 1)) < 1e-5).all()


def window(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((WINDOW, WINDOW))
    levels = 0.3 + 0.2 * np.sin(rows / 3.0 + cols / 5.0) + rng.normal(0, 0.005, rows.shape)
    bad = np.zeros(rows.shape, np.uint8)
    bad[15:24, 14:25] = 1
    return levels.astype(np.float32), bad


def encoded(levels: np.ndarray, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features = np.empty((PACKED, PACKED, CHANNELS), np.float32)
    statistics = np.empty(3, np.float32)
    normalise_window(levels, bad, features, statistics)
    fill_window(features, window_work())
    return features, statistics


def test_a_change_of_exposure_leaves_the_codes_alone() -> None:
    levels, bad = window()
    bright, _ = encoded(levels, bad)
    dark, _ = encoded(levels / 16, bad)
    np.testing.assert_allclose(bright, dark, atol=1e-4)


def test_bad_pixels_are_not_looked_at_and_the_first_fill_follows_the_structure() -> None:
    levels, bad = window()
    features, (scale, mean, spread) = encoded(levels, bad)
    wild = levels.copy()
    wild[bad > 0] = np.random.default_rng(1).uniform(-5, 50, int(bad.sum()))
    np.testing.assert_array_equal(encoded(wild, bad)[0], features)
    packed = levels.reshape(PACKED, 2, PACKED, 2).transpose(0, 2, 1, 3).reshape(PACKED, PACKED, 4)
    truth = (np.sqrt(packed / scale + 0.02) - mean) / spread
    hole = features[..., 4:8] > 0
    error = np.abs(features[..., :4] - truth)
    assert error[~hole].max() < 1e-4
    flat = np.abs(truth[hole] - truth[~hole].mean()).mean()
    assert error[hole].mean() < 0.2 * flat


def test_the_misfit_says_where_the_first_fill_does_not_explain_what_is_known() -> None:
    levels, bad = window()
    speck = levels.copy()
    speck[20, 27] += 0.3  # good, red, three pixels beside the hole
    plain, marked = encoded(levels, bad)[0][..., 8:], encoded(speck, bad)[0][..., 8:]
    assert not plain[encoded(levels, bad)[0][..., 4:8] > 0].any()
    assert np.abs(plain).max() <= 3.0
    assert marked[10, 13, 1] > plain[10, 13, 1] + 1.0
    nearest = np.abs(plain[6:13, 6:13]).mean()
    assert nearest < 0.5 * np.abs(plain).mean()  # trust in good pixels falls with the distance


def test_a_window_without_a_good_pixel_stays_finite() -> None:
    levels, bad = window()
    features, statistics = encoded(levels, np.ones_like(bad))
    assert np.isfinite(features).all()
    assert np.isfinite(statistics).all()
    assert RIM * 2 + CORE == PACKED


def test_a_repair_stays_within_the_range_of_what_is_near() -> None:
    frame = RawFrame.of(np.full((80, 80), 4095, np.uint16), "RGGB", black_dn=256, white_dn=4095)
    boxes = np.array([[36, 38, 44, 45]])
    status = np.zeros(frame.shape, np.uint8)
    status[36:44, 38:45] = 1
    origins = window_origins(boxes, (0, 0))
    seen = windows(frame, status, origins)
    rows, cols = np.nonzero(status)
    levels, spreads = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    residual = np.random.default_rng(0).normal(0, 1, (1, CORE, CORE, 4)).astype(np.float32)
    read_off(
        residual, np.zeros_like(residual), seen.features, seen.statistics, seen.known, origins,
        np.array([0, len(rows)]), rows.astype(np.int32), cols.astype(np.int32),
        levels, spreads, np.zeros(len(rows), bool),
    )  # fmt: skip
    np.testing.assert_allclose(levels, 1.0, atol=1e-5)


def test_a_second_look_takes_over_the_fill_of_the_first() -> None:
    frame = scene(np.random.default_rng(8), "RGGB")
    boxes = np.array([[36, 38, 44, 45], [1, 2, 9, 9]])
    status = np.zeros(frame.shape, np.uint8)
    status[36:44, 38:45] = status[1:9, 2:9] = BAD
    first = windows(frame, status, window_origins(boxes, (0, 0)))
    second = windows(frame, status, window_origins(boxes, (1, 1)), before=first)
    assert (np.abs(second.origins - first.origins) == 1).all()

    def levels(seen: Windows) -> np.ndarray:
        """At the sites that both windows have, white-balanced."""
        whole = []
        for n, (top, left) in enumerate(seen.origins):
            scale, mean, spread = seen.statistics[n]
            codes = unpacked(seen.features[n, ..., :4])
            levels = ((codes * spread + mean) ** 2 - 0.02) * scale
            down, right = np.maximum(first.origins[n], second.origins[n]) - (top, left)
            whole.append(levels[down : down + WINDOW - 1, right : right + WINDOW - 1])
        return np.stack(whole)

    np.testing.assert_allclose(levels(second), levels(first), atol=2e-5)
    for n in range(len(boxes)):
        down, right = second.origins[n] - first.origins[n]
        assert np.abs(first.features[n, ..., 8:]).max() > 0.1
        there = unpacked(first.features[n, ..., 8:])
        here = unpacked(second.features[n, ..., 8:])
        top, left = max(-down, 0), max(-right, 0)
        size = WINDOW - 1
        np.testing.assert_array_equal(
            here[top : top + size, left : left + size],
            there[top + down : top + down + size, left + right : left + right + size],
        )
    assert np.isfinite(second.features).all()
