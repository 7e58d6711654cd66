"""Training windows, the course of a training, and weights files that are refused."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from isp.bound import stage
from isp.errors import FileError
from stages.learned.inpainting_transformer import damage
from stages.learned.inpainting_transformer.calibration import Calibration
from stages.learned.inpainting_transformer.network import InpaintingTransformer, patches_of
from stages.learned.inpainting_transformer.sampling import cut, draw
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.inpainting_transformer.task import InpaintingTask, Plan
from stages.learned.inpainting_transformer.validation import Validation
from stages.learned.inpainting_transformer.weights import load_weights, save_weights
from stages.learned.running.tensors import WeightsError
from stages.learned.training.loop import Budget, run
from stages.learned.training.pictures import LINEAR_MAX, Pictures

TOLD = Shape(
    patch=2, window=5, channels=4, width=16, blocks=1, heads=2, expansion=2,
    readout="own", told=True, levelled=True,
)  # fmt: skip
PLAIN = replace(TOLD, readout="mean", told=False, levelled=False)
SHAPES = {"told": TOLD, "plain": PLAIN}


def pictures(seed: int, channels: int = 3, side: int = 60) -> Pictures:
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((side, side))
    parts = []
    for k in range(2):
        base = 25000 + 15000 * np.sin(rows / (5 + k) + cols / 9)
        noise = rng.uniform(0, 9000, (side, side, channels))
        parts.append((base[..., None] + noise).astype(np.uint16))
    return Pictures.of(parts)


def task(shape: Shape, seed: int = 3) -> InpaintingTask:
    aside = pictures(1, side=24)
    plan = Plan(shape, seed=seed, windows=4, warm_up=2, learning_rate=3e-3)
    calibration = Calibration.of(aside, count=2)
    return InpaintingTask(plan, pictures(0), Validation.of(aside, shape, 6), calibration)


@pytest.mark.parametrize("name", SHAPES)
def test_a_resumed_training_is_the_unbroken_one(tmp_path: Path, name: str) -> None:
    whole, cut_off = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    run(task(SHAPES[name]), whole, Budget(samples=32), report_every_steps=4)

    class Killed(InpaintingTask):
        def step(self, number: int, fraction: float) -> dict[str, float]:
            if number == 5:
                raise KeyboardInterrupt
            return super().step(number, fraction)

    first = task(SHAPES[name])
    first.__class__ = Killed
    with pytest.raises(KeyboardInterrupt):
        run(first, cut_off, Budget(samples=32), report_every_steps=4)
    again = task(SHAPES[name], seed=3)
    progress = run(again, cut_off, Budget(samples=32), resume=True, report_every_steps=4)
    assert progress.step == 8
    for end in (".safetensors", ".state.safetensors"):
        one, other = (load_file(path.with_suffix("").with_suffix(end)) for path in (whole, cut_off))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_windows_again_and_again_are_learned(name: str) -> None:
    one = task(SHAPES[name])
    losses = [one.step(0, 0.0)["loss"] for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    one, same, other = (draw(pictures(0), np.random.default_rng(s), 4, TOLD) for s in (5, 5, 6))
    assert torch.equal(one.levels, same.levels)
    assert torch.equal(one.judged, same.judged)
    assert not torch.equal(one.levels, other.levels)


@pytest.mark.parametrize("channels", [1, 3])
def test_windows_are_mosaics_that_start_at_red_in_any_turn(channels: int) -> None:
    """Of pictures whose value says the colour of its site, each plane holds its own colour only."""
    side = 41
    mosaic = np.empty((side, side), np.uint16)
    for (i, j), value in {(0, 0): 100, (0, 1): 200, (1, 0): 200, (1, 1): 300}.items():
        mosaic[i::2, j::2] = value
    photograph = np.broadcast_to(np.array([100, 200, 300], np.uint16), (side, side, 3))
    part = mosaic[..., None] if channels == 1 else photograph
    windows = cut(Pictures.of([part]), np.random.default_rng(0), 40, 10) * LINEAR_MAX
    for plane, value in enumerate((100, 200, 200, 300)):
        np.testing.assert_allclose(windows[:, plane], value, rtol=1e-5)


def test_what_is_judged_was_hidden_and_lies_in_the_frame() -> None:
    batch = draw(pictures(0), np.random.default_rng(0), 64, TOLD)
    assert float((batch.judged * batch.known).sum()) == 0
    assert float(batch.judged.mean()) > 0.05
    assert float((1 - batch.known - batch.judged).sum()) > 0  # borders: unknown, not judged
    differs = batch.levels != batch.target
    assert bool(differs.any())  # damage that nobody marked
    plain = draw(pictures(0), np.random.default_rng(0), 16, PLAIN)
    hidden = 1 - patches_of(plain.known, 2).amin(-1)
    assert torch.equal(hidden.argmax(1), plain.wanted[:, 0])
    assert torch.equal(hidden.sum(1), torch.ones(16))


def test_packing_keeps_every_pixel() -> None:
    raw = np.random.default_rng(0).random((12, 12)) < 0.3
    planes = damage.packed(raw)
    assert planes.sum() == raw.sum()
    for plane in range(4):
        np.testing.assert_array_equal(planes[plane], raw[plane // 2 :: 2, plane % 2 :: 2])


def test_thresholds_are_passed_by_few_pixels_of_clean_frames() -> None:
    torch.manual_seed(0)
    calibration = Calibration.of(pictures(2, side=100), count=2)
    about = calibration.about(InpaintingTransformer(TOLD).eval())
    assert set(about["thresholds"]) == {"spread", "gms"}
    assert all(value > 0 for value in about["thresholds"].values())
    assert set(calibration.about(InpaintingTransformer(PLAIN).eval())["thresholds"]) == {"gms"}


def test_the_trainer_stage_writes_weights_that_the_stages_take(tmp_path: Path) -> None:
    import cv2

    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for k in range(3):
        cv2.imwrite(str(images / f"{k}.png"), rng.integers(0, 255, (64, 64, 3), np.uint8))
    out = tmp_path / "intra.safetensors"
    progress = stage("train_intra", samples=16, seed=3)(images, out)
    assert progress.samples == 16
    network, about = load_weights(out)
    assert network.shape.told
    assert set(about["thresholds"]) == {"spread", "gms"}
    assert (tmp_path / "intra.png").is_file()
    with pytest.raises(FileError, match="already exists"):
        stage("train_intra", samples=16)(images, out)


def hostile(path: Path, case: str) -> None:
    save_weights(path, InpaintingTransformer(TOLD), {})
    tensors = load_file(path)
    good = asdict(TOLD)
    shapes = {
        "short shape": {"patch": 4},
        "huge shape": {**good, "width": 4096, "heads": 64, "blocks": 64},
        "text in shape": {**good, "blocks": "2"},
        "no readout": {**good, "readout": "none"},
        "odd heads": {**good, "heads": 7},
        "not told": {**good, "told": 1},
    }
    header = {"version": "1", "shape": json.dumps(shapes.get(case, good))}
    if case == "cut":
        path.write_bytes(path.read_bytes()[:500])
    elif case == "text":
        path.write_text("not weights")
    elif case == "missing":
        path.unlink()
    elif case == "bad json":
        save_file(tensors, path, metadata={**header, "shape": "{"})
    elif case == "other tensors":
        save_file({"x": torch.zeros(3)}, path, metadata=header)
    elif case == "nan":
        tensors["hidden"][0] = float("nan")
        save_file(tensors, path, metadata=header)
    else:
        save_file(tensors, path, metadata=header)


@pytest.mark.parametrize(
    "case",
    [
        "cut", "text", "missing", "bad json", "other tensors", "nan", "short shape", "huge shape",
        "text in shape", "no readout", "odd heads", "not told",
    ],
)  # fmt: skip
def test_hostile_weights_are_refused_with_a_sentence(tmp_path: Path, case: str) -> None:
    path = tmp_path / "w.safetensors"
    hostile(path, case)
    with pytest.raises(WeightsError, match=r"w\.safetensors") as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)


def test_weights_survive_the_file(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = InpaintingTransformer(TOLD)
    save_weights(tmp_path / "w.safetensors", network, {"note": [1, 2]}, half=False)
    read, about = load_weights(tmp_path / "w.safetensors")
    assert about == {"note": [1, 2]}
    assert read.shape == TOLD
    assert all(torch.equal(v, read.state_dict()[k]) for k, v in network.state_dict().items())
