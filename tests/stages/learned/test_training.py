"""Training: seeded, resumable, the same on any number of threads; weights files that are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from isp.bound import stage
from isp.errors import FileError, StageError
from stages.learned.clusternet.learning import Plan
from stages.learned.clusternet.lessons import Lessons
from stages.learned.clusternet.network import ClusterNet, Shape
from stages.learned.clusternet.task import ClusterTask
from stages.learned.clusternet.validation import Validation
from stages.learned.clusternet.weights import load_weights, save_weights
from stages.learned.running.tensors import WeightsError
from stages.learned.running.threads import side_by_side
from stages.learned.tied.symmetry import Ties
from stages.learned.training.loop import Budget, run
from stages.learned.training.muon import orthogonalised
from stages.learned.training.pictures import Pictures

TINY = Shape(width=16, wide_width=16)
PLAN = Plan(TINY, small_batch=4, batches=2, warm_up=2)


def pictures(seed: int) -> Pictures:
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((80, 80))
    parts = []
    for k in range(2):
        base = 25000 + 15000 * np.sin(rows / (5 + k) + cols / 9)
        parts.append((base[..., None] + rng.uniform(0, 9000, (80, 80, 3))).astype(np.uint16))
    return Pictures.of(parts)


def lessons(plan: Plan) -> Lessons:
    return Lessons(pictures(0), plan.seed, plan.small_batch, plan.shares)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with side_by_side(2) as threads:
        yield threads


def task(pool: ThreadPoolExecutor, **changes: Any) -> ClusterTask:
    plan = replace(PLAN, **changes)
    return ClusterTask(plan, lessons(plan), Validation.of(pictures(1), 12), pool)


class Killed(ClusterTask):
    def step(self, number: int, fraction: float) -> dict[str, float]:
        if number == 5:
            raise KeyboardInterrupt
        return super().step(number, fraction)


def test_a_killed_training_ends_in_the_same_weights(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    budget = Budget(samples=8 * 12)
    whole = task(pool)
    first = run(whole, tmp_path / "whole.safetensors", budget, report_every_steps=1)
    killed = Killed(PLAN, lessons(PLAN), Validation.of(pictures(1), 12), pool)
    with pytest.raises(KeyboardInterrupt):
        run(killed, tmp_path / "cut.safetensors", budget, report_every_steps=1)
    again = task(pool)
    out = tmp_path / "cut.safetensors"
    second = run(again, out, budget, resume=True, report_every_steps=1)
    mine = again.state()
    assert all(torch.equal(value, mine[name]) for name, value in whole.state().items())
    one, two = (load_file(tmp_path / f"{n}.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(one[k], two[k]) for k in one)
    assert [{**r, "elapsed_s": 0} for r in first.history] == [
        {**r, "elapsed_s": 0} for r in second.history
    ]


def test_threads_change_nothing() -> None:
    results = []
    for threads in (1, 3):
        with side_by_side(threads) as few:
            one = task(few)
            for number in range(4):
                one.step(number, number / 4)
        results.append(one.network.state_dict())
    assert all(torch.equal(results[0][k], results[1][k]) for k in results[0])


def test_training_learns(pool: ThreadPoolExecutor) -> None:
    one = task(pool, learning_rate=2e-3, small_batch=16)
    before = one.judge()["score"]
    for number in range(100):
        one.step(number, number / 100)
    assert one.judge()["score"] > before + 0.01


def test_the_trainer_stage_writes_weights_that_the_corrector_takes(tmp_path: Path) -> None:
    import cv2

    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for k in range(3):
        cv2.imwrite(str(images / f"{k}.png"), rng.integers(0, 255, (64, 64, 3), np.uint8))
    out = tmp_path / "nano.safetensors"
    progress = stage("train_cluster_nano", samples=320, seed=3)(images, out)
    assert progress.history[-1]["samples"] >= 320
    about = load_weights(out)[1]
    assert about["name"] == "cluster_nano"
    assert out.stat().st_size <= 100_000
    assert (tmp_path / "nano.png").is_file()
    taught = {"samples": 320, "teachers": str(out), "lessons": 128, "start": str(out)}
    progress = stage("train_cluster_nano", **taught)(images, tmp_path / "taught.safetensors")
    assert progress.history[-1]["samples"] >= 320
    assert load_weights(tmp_path / "taught.safetensors")[1]["name"] == "cluster_nano"
    with pytest.raises(FileError, match="already exists"):
        stage("train_cluster_nano", samples=160)(images, out)
    with pytest.raises(StageError, match="cannot be what the training begins with"):
        stage("train_cluster", samples=160, start=str(out))(images, tmp_path / "other.safetensors")
    with pytest.raises(StageError, match="budget"):
        stage("train_cluster_nano", samples=160, minutes=1.0, force=True)(images, out)


def test_directions_become_orthogonal() -> None:
    stack = torch.randn(3, 12, 30, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalised(stack))
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.3


def hostile(path: Path, case: str) -> None:
    save_weights(path, ClusterNet(TINY), {})
    tensors = load_file(path)
    header = {"version": "1", "shape": '{"width": 16}'}
    good = json.dumps(asdict(TINY))
    if case == "cut":
        path.write_bytes(path.read_bytes()[:500])
    elif case == "text":
        path.write_text("not weights")
    elif case == "missing":
        path.unlink()
    elif case == "no version":
        save_file(tensors, path)
    elif case == "short shape":
        save_file(tensors, path, metadata=header)
    elif case == "huge shape":
        save_file(tensors, path, metadata={**header, "shape": good.replace("16", "100000")})
    elif case == "odd shape":
        save_file(tensors, path, metadata={**header, "shape": good.replace("16", "12")})
    elif case == "bad json":
        save_file(tensors, path, metadata={**header, "shape": "{"})
    elif case == "other tensors":
        save_file({"x": torch.zeros(3)}, path, metadata={**header, "shape": good})
    elif case == "nan":
        tensors["stem.bias"][0] = float("nan")
        save_file(tensors, path, metadata={**header, "shape": good})


@pytest.mark.parametrize(
    "case",
    [
        "cut", "text", "missing", "no version", "short shape", "huge shape", "odd shape",
        "bad json", "other tensors", "nan",
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
    network = ClusterNet(TINY)
    Ties(network, TINY.symmetry).begin(network.parameters())
    save_weights(tmp_path / "w.safetensors", network, {"note": [1, 2]}, half=False)
    read, about = load_weights(tmp_path / "w.safetensors")
    assert about == {"note": [1, 2]}
    assert read.shape == TINY
    assert all(torch.equal(v, read.state_dict()[k]) for k, v in network.state_dict().items())
