"""Samples: packing, phases, determinism, the mode that is held in memory, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from isp.errors import FileError, StageError
from isp.transfer import srgb_encoded
from stages.learned.defectgan.dataset import Batch, DrawnSamples, KeptSamples
from stages.learned.defectgan.defects import Defects
from stages.learned.running.tensors import WeightsError, save_tensors
from stages.learned.training.pictures import Pictures

DYNAMIC = Defects.of("dynamic")


def photograph(seed: int, side: int = 90) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(0, 65536, (side, side, 3)).astype(np.uint16)


def flat_mosaic(side: int = 90) -> NDArray[np.uint16]:
    """A mosaic that starts at red with one level for each of its four sites."""
    mosaic = np.empty((side, side, 1), np.uint16)
    for site, level in enumerate((10000, 20000, 30000, 40000)):
        mosaic[site // 2 :: 2, site % 2 :: 2] = level
    return mosaic


def samples(channels: int, side: int = 48, defects: Defects = DYNAMIC) -> DrawnSamples:
    return DrawnSamples(Pictures.of([photograph(0), photograph(1, 100)]), defects, channels, side)


def equal(a: Batch, b: Batch) -> bool:
    return all(torch.equal(getattr(a, k), getattr(b, k)) for k in ("clean", "damaged", "area"))


def test_the_same_seed_and_number_draw_the_same() -> None:
    first = samples(3).draw(5, 2, 4)
    assert equal(first, samples(3).draw(5, 2, 4))
    assert not equal(first, samples(3).draw(5, 3, 4))
    assert not equal(first, samples(3).draw(6, 2, 4))


@pytest.mark.parametrize(("channels", "side"), [(3, 48), (4, 32)])
def test_damage_stays_in_the_area(channels: int, side: int) -> None:
    batch = samples(channels, side).draw(0, 0, 16)
    assert batch.clean.shape == (16, channels, side, side)
    assert batch.clean.is_contiguous(memory_format=torch.channels_last)
    assert batch.clean.min() >= 0 and batch.clean.max() <= 1
    assert torch.equal(batch.clean[~batch.area], batch.damaged[~batch.area])
    assert (batch.clean != batch.damaged).flatten(1).any(1).all()


def test_mosaic_defects_are_squares_before_packing() -> None:
    one = Defects(size_px=(7, 7))
    batch = samples(4, 32, one).draw(0, 0, 20)
    for area in batch.area.numpy():
        raw = area.reshape(2, 2, 32, 32).transpose(2, 0, 3, 1).reshape(64, 64)
        rows, cols = np.nonzero(raw)
        assert raw.sum() == 49
        assert rows.max() - rows.min() == cols.max() - cols.min() == 6
    assert {int(area.sum()) for area in batch.area[:, 0]} == {9, 12, 16}


def test_photographs_are_sampled_at_the_colours_of_the_mosaic() -> None:
    flat = np.full((90, 90, 3), (10000, 20000, 40000), np.uint16)
    batch = DrawnSamples(Pictures.of([flat]), DYNAMIC, 4, 32).draw(0, 0, 8)
    expected = srgb_encoded(np.array([10000, 20000, 20000, 40000]) / 65535)
    got = batch.clean.mean(dim=(0, 2, 3)).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_crops_of_raw_frames_start_at_red_under_every_symmetry() -> None:
    batch = DrawnSamples(Pictures.of([flat_mosaic()]), DYNAMIC, 4, 32).draw(0, 0, 64)
    plain, swapped = (
        srgb_encoded(np.array(levels) / 65535)
        for levels in ((10000, 20000, 30000, 40000), (10000, 30000, 20000, 40000))
    )
    for picture in batch.clean.numpy():
        assert (np.ptp(picture, axis=(1, 2)) == 0).all()
        levels = picture.mean(axis=(1, 2))
        assert np.allclose(levels, plain, atol=1e-6) or np.allclose(levels, swapped, atol=1e-6)


def test_small_pictures_and_mosaics_are_passed_over() -> None:
    parts = [photograph(0, 40), flat_mosaic(), np.full((64, 64, 3), 40000, np.uint16)]
    batch = DrawnSamples(Pictures.of(parts), DYNAMIC, 3, 48).draw(0, 0, 16)
    np.testing.assert_allclose(batch.clean.numpy(), srgb_encoded(40000 / 65535), atol=1e-6)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(FileError, match="photograph"):
        DrawnSamples(Pictures.of([flat_mosaic()]), DYNAMIC, 3, 48)
    with pytest.raises(StageError, match="crop"):
        samples(3, 32)


def test_kept_samples_come_once_an_epoch_and_survive_a_file(tmp_path: Path) -> None:
    drawn = samples(3)
    kept = KeptSamples.of(drawn, 3, 6, at_once=4)
    assert equal(kept.draw(0, 1, 4), kept.draw(0, 1, 4))
    whole = kept.draw(0, 0, 6).clean
    assert len({float(picture.sum()) for picture in whole}) == 6
    assert {float(p.sum()) for p in kept.draw(0, 1, 6).clean} == {float(p.sum()) for p in whole}
    first = drawn.draw(3, 0, 4)
    distance = (kept.draw(0, 0, 6).damaged[:, None] - first.damaged[None]).abs().amax((2, 3, 4))
    assert (distance.amin(0) < 1e-5).all()
    kept.write(tmp_path / "samples.safetensors")
    assert equal(
        KeptSamples.read(tmp_path / "samples.safetensors").draw(1, 0, 3), kept.draw(1, 0, 3)
    )


def test_files_that_hold_no_samples_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no tensors here")
    with pytest.raises(WeightsError):
        KeptSamples.read(path)
    save_file({"clean": torch.zeros(2)}, path)
    with pytest.raises(WeightsError):
        KeptSamples.read(path)
    codes = torch.zeros(2, 16, 16, 3, dtype=torch.uint16)
    wrong = {"clean": codes, "damaged": codes[:1].clone(), "area": codes.to(torch.uint8)}
    save_tensors(path, wrong, {"kind": "defectgan.samples"})
    with pytest.raises(WeightsError, match="samples"):
        KeptSamples.read(path)
