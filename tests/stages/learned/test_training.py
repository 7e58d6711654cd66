"""Training: seeded, resumable, the same on any number of threads; weights files that are refused."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from isp.bound import stage
from isp.errors import FileError, StageError
from stages.learned.clusternet.network import ClusterNet, Shape
from stages.learned.clusternet.optimiser import orthogonalised
from stages.learned.clusternet.pictures import Pictures
from stages.learned.clusternet.state import WeightsError, load_weights, save_weights
from stages.learned.clusternet.training import Plan, Trainer
from stages.learned.clusternet.validation import Validation

TINY = Shape(width0=16, width1=16, width2=16)
PLAN = Plan(TINY, samples=8 * 12, small_batch=4, batches=2, warm_up=2, threads=1, save_every_s=0.0)


def pictures(seed: int) -> Pictures:
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((80, 80))
    parts = []
    for k in range(2):
        base = 25000 + 15000 * np.sin(rows / (5 + k) + cols / 9)
        parts.append((base[..., None] + rng.uniform(0, 9000, (80, 80, 3))).astype(np.uint16))
    return Pictures.of(parts)


def trainer(out: Path, **changes: Any) -> Trainer:
    plan = replace(PLAN, **changes)
    return Trainer(plan, pictures(0), Validation.of(pictures(1), count=12), out)


class Killed(Exception):
    pass


def test_a_killed_training_ends_in_the_same_weights(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole.safetensors")
    whole.run()

    def kill(row: dict[str, float]) -> None:
        if row["step"] == 5:
            raise Killed

    with pytest.raises(Killed):
        trainer(tmp_path / "cut.safetensors").run(kill)
    again = trainer(tmp_path / "cut.safetensors")
    again.resume()
    assert again.progress.step == 5
    again.run()
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
        assert torch.equal(whole.average[name], again.average[name]), name
    first, second = (load_file(tmp_path / f"{n}.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert whole.progress.history == [
        {**row, "elapsed_s": mine["elapsed_s"]}
        for row, mine in zip(again.progress.history, whole.progress.history, strict=True)
    ]


def test_threads_change_nothing(tmp_path: Path) -> None:
    results = []
    for threads in (1, 3):
        one = trainer(tmp_path / f"{threads}.safetensors", threads=threads, samples=8 * 4)
        one.run()
        results.append(one.network.state_dict())
    assert all(torch.equal(results[0][k], results[1][k]) for k in results[0])


def test_training_learns(tmp_path: Path) -> None:
    long = trainer(tmp_path / "w.safetensors", samples=8 * 60, learning_rate=3e-3, save_every_s=1e9)
    before = long.validation.gains_db(long.averaged())
    after = long.run().history[-1]
    assert after["mean"] > sum(before.values()) / 3


def test_a_time_budget_ends(tmp_path: Path) -> None:
    short = trainer(tmp_path / "w.safetensors", samples=None, seconds=0.5)
    assert short.run().elapsed_s >= 0.5
    assert (tmp_path / "w.safetensors").is_file()
    assert (tmp_path / "w.log.csv").read_text().startswith("step,windows")


def test_the_trainer_stage_writes_weights_that_the_corrector_takes(tmp_path: Path) -> None:
    import cv2

    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for k in range(3):
        cv2.imwrite(str(images / f"{k}.png"), rng.integers(0, 255, (64, 64, 3), np.uint8))
    out = tmp_path / "nano.safetensors"
    progress = stage("train_cluster_nano", samples=320, seed=3)(images, out)
    assert progress.history[-1]["windows"] >= 320
    network, about = load_weights(out)
    assert about["name"] == "cluster_nano"
    assert sum(p.numel() for p in network.parameters()) * 2 <= 100_000
    assert (tmp_path / "nano.png").is_file()
    with pytest.raises(FileError, match="already exists"):
        stage("train_cluster_nano", samples=160)(images, out)
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
    header = {"version": "1", "shape": '{"width0": 16}'}
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
    elif case == "bad json":
        save_file(tensors, path, metadata={**header, "shape": "{"})
    elif case == "other tensors":
        save_file({"x": torch.zeros(3)}, path, metadata={**header, "shape": good})
    elif case == "nan":
        tensors["stem0.bias"][0] = float("nan")
        save_file(tensors, path, metadata={**header, "shape": good})


@pytest.mark.parametrize(
    "case",
    [
        "cut", "text", "missing", "no version", "short shape", "huge shape", "bad json",
        "other tensors", "nan",
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
    save_weights(tmp_path / "w.safetensors", network, {"note": [1, 2]}, half=False)
    read, about = load_weights(tmp_path / "w.safetensors")
    assert about == {"note": [1, 2]}
    assert read.shape == TINY
    assert all(torch.equal(v, read.state_dict()[k]) for k, v in network.state_dict().items())
