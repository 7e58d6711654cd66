"""Training windows: what is asked for is what was taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isp.errors import FileError
from isp.transfer import srgb_encoded
from stages.kernels.cluster_window import CORE, PEDESTAL, RIM
from stages.learned.clusternet.sampling import Batch, draw
from stages.learned.clusternet.shapes import FAMILIES
from stages.learned.training.pictures import Pictures, image_files, load_pictures

EVEN = (0.25, 0.25, 0.25, 0.25)
RED, GREEN, BLUE = 50000, 20000, 35000


def colours(height: int = 70, width: int = 64) -> np.ndarray:
    return np.broadcast_to(np.array([RED, GREEN, BLUE], np.uint16), (height, width, 3)).copy()


def mosaic_of(picture: np.ndarray) -> np.ndarray:
    rows, cols = np.indices(picture.shape[:2])
    return np.take_along_axis(picture, (rows % 2 + cols % 2)[..., None], axis=2)


def texture(seed: int, side: int = 90) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((side, side))
    base = 30000 + 15000 * np.sin(rows / 6 + seed) * np.cos(cols / 4)
    return np.clip(base[..., None] + rng.normal(0, 2000, (side, side, 3)), 0, 65535).astype(
        np.uint16
    )


def levels_of(batch: Batch, codes: np.ndarray) -> np.ndarray:
    scale, mean, spread = (batch.statistics[:, i, None, None, None] for i in range(3))
    return ((codes * spread + mean) ** 2 - PEDESTAL) * scale


@pytest.mark.parametrize("part", [colours(), mosaic_of(colours())], ids=["photograph", "raw frame"])
def test_each_plane_holds_its_colour_under_every_symmetry(part: np.ndarray) -> None:
    batch = draw(Pictures.of([part]), 3, 64, EVEN, augment=False)
    levels = levels_of(batch, batch.features[..., :4])
    expected = np.array([RED, GREEN, GREEN, BLUE]) / 65535
    np.testing.assert_allclose(levels, np.broadcast_to(expected, levels.shape), atol=3e-4)
    assert np.abs(batch.target).max() < 0.01


@pytest.mark.parametrize("part", [colours(), mosaic_of(colours())], ids=["photograph", "raw frame"])
def test_half_of_the_windows_start_at_blue(part: np.ndarray) -> None:
    batch = draw(Pictures.of([part]), 3, 400, EVEN)
    planes = levels_of(batch, batch.features[..., :4]).mean((1, 2))
    assert 0.35 < (planes[:, 3] > planes[:, 0]).mean() < 0.65
    np.testing.assert_allclose(planes[:, 1], planes[:, 2], rtol=0.05)


def test_target_and_fill_add_up_to_the_picture_and_weights_are_slopes_of_srgb() -> None:
    batch = draw(Pictures.of([texture(1), texture(2)]), 5, 200, EVEN, augment=False)
    inner = slice(RIM, RIM + CORE)
    bad = batch.features[:, inner, inner, 4:8] > 0
    np.testing.assert_array_equal(batch.weight > 0, bad)
    assert (batch.target[~bad] == 0).all()
    codes = batch.features[:, inner, inner, :4] + batch.target
    step = 1e-3
    rise = srgb_encoded(levels_of(batch, codes + step)) - srgb_encoded(levels_of(batch, codes))
    levels = levels_of(batch, codes)
    middle = bad & (levels > 0.02) & (levels < 0.95)
    np.testing.assert_allclose(rise[middle] / step, batch.weight[middle], rtol=0.03)
    every = np.unique(np.concatenate([texture(1).ravel(), texture(2).ravel()])).astype(np.int64)
    asked = np.rint(levels[bad] * 65535).astype(np.int64)
    near = every[np.clip(np.searchsorted(every, asked), 0, len(every) - 1)]
    assert np.abs(near - asked).max() <= 40


def test_families_are_what_they_say() -> None:
    pictures = Pictures.of([texture(4)])
    for index, family in enumerate(FAMILIES):
        batch = draw(pictures, 11, 120, np.eye(4)[index], augment=False)
        count = (batch.weight > 0).sum((1, 2, 3))
        assert count.min() >= 1, family
        if family == "dense":
            assert count.min() >= 49
            assert count.max() <= 145
        if family == "half":
            assert (
                0.4 < count.sum() / sum(np.mean([s * s for s in range(7, 13)]) for _ in count) < 0.6
            )


def test_the_same_seed_draws_the_same_windows() -> None:
    pictures = Pictures.of([texture(1), texture(2)])
    one, same, other = (draw(pictures, seed, 8, EVEN) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.features, same.features)
    np.testing.assert_array_equal(one.target, same.target)
    assert not np.array_equal(one.features, other.features)


def test_noise_is_seen_and_not_asked_for() -> None:
    flat = np.full((80, 80, 3), 30000, np.uint16)
    batch = draw(Pictures.of([flat]), 2, 400, EVEN)
    inner = slice(RIM, RIM + CORE)
    bad = batch.weight > 0
    grey = batch.features[..., :4].std((1, 2)).max(1) > 0.2
    assert 0.1 < grey.mean() < 0.6
    asked = levels_of(batch, batch.features[:, inner, inner, :4] + batch.target)
    for window, hole in zip(asked, bad, strict=True):
        for plane in range(4):
            values = window[..., plane][hole[..., plane]]
            assert np.ptp(values) < 1e-3 if len(values) else True


def test_folders_and_files_that_do_not_serve(tmp_path: Path) -> None:
    import cv2

    with pytest.raises(FileError, match="not a folder"):
        image_files(tmp_path / "none")
    with pytest.raises(FileError, match="no photograph"):
        image_files(tmp_path)
    cv2.imwrite(str(tmp_path / "small.png"), np.full((20, 20, 3), 90, np.uint8))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(FileError, match="None of the 2 images"):
        load_pictures(image_files(tmp_path), 42)
    cv2.imwrite(str(tmp_path / "large.png"), np.full((64, 1500, 3), 90, np.uint8))
    pictures = load_pictures(image_files(tmp_path), 42)
    assert pictures.height.tolist() == [64]  # its half is too low for a window


def test_a_raw_frame_is_cut_to_start_at_red(shared_data: Path) -> None:
    pictures = load_pictures([shared_data / "raw" / "tinydng_colorchart.dng"], 42)
    assert pictures.channels.tolist() == [1]
    batch = draw(pictures, 1, 16, EVEN)
    assert np.isfinite(batch.features).all()
