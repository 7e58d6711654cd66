"""The Defect GAN's benchmark: samples, figures, answers and the page, on small pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.defect_gan import report
from benchmarks.defect_gan.ablations import GROUPS, RUNS, THESIS_SAYS
from benchmarks.defect_gan.conclusions import answers, beside_thesis, verdict
from benchmarks.defect_gan.contestants import GIVEN, contestants
from benchmarks.defect_gan.mosaic import short
from benchmarks.defect_gan.pictures import BAR_PX, WINDOW_PX, ZOOM, write_pictures
from benchmarks.defect_gan.samples import SIDE_PX, Sample, faces, photographs
from benchmarks.defect_gan.score import figures, lead, measured
from benchmarks.defect_gan.thesis import FIXED, RETRAINED, WAYS
from isp.errors import FileError
from isp.metrics.bootstrap import Interval
from stages.learned.defectgan.network import Generator
from stages.learned.defectgan.weights import write_generator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs with texture."""
    found = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        rows, cols = np.mgrid[:280, :300]
        wave = 120 + 60 * np.sin(rows / 9.0 + cols / 13.0)
        picture = wave[..., None] + rng.normal(0, 5, (280, 300, 3))
        cv2.imwrite(str(found / f"{name}.png"), np.clip(picture, 0, 255).astype(np.uint8))
    return found


@pytest.fixture(scope="module")
def samples(folder: Path) -> list[Sample]:
    return photographs(folder, "dynamic", 2)


def test_samples_are_the_same_every_time_and_damaged_in_their_boxes(
    folder: Path, samples: list[Sample]
) -> None:
    again = photographs(folder, "dynamic", 2)
    assert [one.image for one in samples] == ["a", "a", "b", "b"]
    for one, other in zip(samples, again, strict=True):
        np.testing.assert_array_equal(one.damaged, other.damaged)
        assert one.clean.shape == (SIDE_PX, SIDE_PX, 3)
        inside = np.zeros((SIDE_PX, SIDE_PX), bool)
        for box in one.boxes:
            inside[box.slices] = True
            assert min(box.height, box.width) >= 7
        assert one.marked.any()
        assert not (one.marked & ~inside).any()
        np.testing.assert_array_equal(one.damaged[~one.marked], one.clean[~one.marked])


def test_fixed_samples_have_one_black_square_of_eight(folder: Path) -> None:
    for one in faces(folder, "fixed", 1):
        (box,) = one.boxes
        assert (box.height, box.width) == (8, 8)
        assert one.clean.shape == (SIDE_PX, SIDE_PX, 3)
        np.testing.assert_array_equal(one.damaged[box.slices], 0)


def test_figures_are_those_of_an_independent_library(samples: list[Sample]) -> None:
    sample = samples[0]
    rng = np.random.default_rng(1)
    made = np.clip(sample.clean + rng.normal(0, 0.02, sample.clean.shape), 0, 1).astype(np.float32)
    found = figures(sample, made)
    truth, test = sample.clean.astype(np.float64), made.astype(np.float64)
    assert found["global_psnr_db"] == pytest.approx(
        peak_signal_noise_ratio(truth, test, data_range=1.0)
    )
    ssim = structural_similarity(truth, test, win_size=7, data_range=1.0, channel_axis=-1)
    assert found["global_ssim"] == pytest.approx(100 * ssim, abs=1e-6)
    cuts = [(truth[box.slices], test[box.slices]) for box in sample.boxes]
    area = [
        structural_similarity(a, b, win_size=7, data_range=1.0, channel_axis=-1) for a, b in cuts
    ]
    assert found["area_ssim"] == pytest.approx(100 * np.mean(area), abs=1e-6)


def test_contestants_with_the_map_change_nothing_else(
    tmp_path: Path, samples: list[Sample]
) -> None:
    torch.manual_seed(0)
    write_generator(tmp_path / "g.safetensors", Generator(3), {})
    everybody = contestants({"inpainter": tmp_path / "g.safetensors"})
    sample = samples[0]
    wild = Sample(sample.image, sample.clean, sample.damaged.copy(), sample.marked, sample.boxes)
    wild.damaged[wild.marked] = 0.37
    for name, repair in everybody.items():
        made = repair(sample)
        assert made.shape == sample.clean.shape
        assert made.min() >= 0
        assert made.max() <= 1
        if name.endswith(GIVEN):
            np.testing.assert_array_equal(made[~sample.marked], sample.damaged[~sample.marked])
            np.testing.assert_array_equal(made[sample.marked], repair(wild)[sample.marked])
    found = measured(samples[:1], everybody)["values"]
    assert found["fsr" + GIVEN]["area_psnr_db"][0] > found["damaged"]["area_psnr_db"][0] + 10


def test_leads_need_the_same_samples() -> None:
    one = {"images": ["a", "b"], "values": {"x": {"m": [3.0, 5.0]}, "y": {"m": [1.0, 1.0]}}}
    assert lead(one, "x", one, "y", "m").mean == 3.0
    with pytest.raises(ValueError, match="same samples"):
        lead(one, "x", {**one, "images": ["a", "c"]}, "y", "m")


def test_a_picture_that_cannot_be_written_is_said_and_the_old_one_stays(
    tmp_path: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "rows.png"
    write_pictures(path, samples[:2], {"damaged": lambda sample: sample.damaged})
    before = path.read_bytes()
    assert cv2.imread(str(path)).shape == (BAR_PX + 2 * WINDOW_PX * ZOOM, 2 * WINDOW_PX * ZOOM, 3)
    monkeypatch.setattr(cv2, "imwrite", lambda *_: False)
    with pytest.raises(FileError, match=r"rows\.png"):
        write_pictures(path, samples[:1], {})
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_verdicts_follow_the_interval() -> None:
    told = [
        verdict(Interval(0.0, low, high, 9, "image"))
        for low, high in ((0.1, 1.0), (-1.0, -0.1), (-0.5, 0.5))
    ]
    assert told == ["holds", "does not hold", "cannot be told"]
    assert verdict(Interval(14.0, 13.0, 14.5, 9, "image"), 15.0) == "does not hold"


def results(**area_psnr_db: float) -> dict[str, object]:
    metrics = ("area_ssim", "global_psnr_db", "global_ssim")
    return {
        "images": ["a", "b", "c"],
        "values": {
            name: {
                "area_psnr_db": [level, level + 0.5, level + 1.0],
                **{m: [50.0, 51.0, 52.0] for m in metrics},
            }
            for name, level in area_psnr_db.items()
        },
    }


def test_the_page_sets_both_figures_side_by_side_and_answers(tmp_path: Path) -> None:
    parts = {
        "fixed": {"photographs": results(damaged=12.0, inpainter=30.0, dual_encoder=28.0)},
        "time": [
            {"side_px": side, "device": "cpu", "dtype": "float32", "threads": 1, "median_ms": 5.0,
             "low_ms": 4.0, "high_ms": 6.0}
            for side in (128, 256, 512, 1024)
        ],
    }  # fmt: skip
    report.write(tmp_path / "page", parts)
    text = (tmp_path / "page.md").read_text()
    assert "31.62 (-1.12)" in text  # the thesis's inpainter, and how far ours is behind
    assert "-2.00 [-2.00, -2.00] dB: does not hold" in text
    assert "not measured" in text
    assert report.load(tmp_path / "page") == parts


def test_an_answer_is_given_only_to_what_was_measured() -> None:
    assert answers({}) == []
    both = {"retrained": {"faces": results(**{"dual_encoder": 27.0, "median": 14.0})}}
    (row,) = answers(both)
    assert row[1] == "not measured"
    assert row[2].endswith("holds")


def test_stages_are_compared_with_fills_and_with_the_thesis() -> None:
    found = results(inpainter=24.0, fsr=30.0, inpainter_blind=27.0)
    parts = {"mosaic": {"photographs": {"density_0.5": found}}}
    (row,) = answers(parts)
    assert "density 0.5" in row[0]
    assert row[1] == "-6.00 [-6.00, -6.00] dB: does not hold"
    assert beside_thesis(found) == (
        "`inpainter_blind` reaches 27.50 dB and 51.0 %: within the thesis's range in PSNR, below it"
        " in SSIM."
    )


def test_stages_are_named_without_the_places_of_their_weights() -> None:
    given = "device=auto, precision=auto, weights=/home/me/w.safetensors)"
    assert short(f"inpainter({given}") == "inpainter"
    assert short(f"inpainter_blind(threshold=0.1, {given}") == "inpainter_blind"
    assert short(f"inpainter_blind(threshold=0.0, {given}") == "inpainter_blind, whole frame"
    assert short("fsr") == "fsr"


def test_every_ablation_has_its_place() -> None:
    assert {name for names in GROUPS.values() for name in names} == set(RUNS)
    assert set(GROUPS) == set(THESIS_SAYS)
    assert set(WAYS) | {"damaged"} == set(FIXED)
    assert RETRAINED["median"]["area_psnr_db"] == 14.14
