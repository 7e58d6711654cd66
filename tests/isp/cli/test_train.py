"""`isp train` as a user calls it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from isp.cli import app


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for k in range(2):
        pixels = np.random.default_rng(k).integers(0, 255, (60, 64, 3), np.uint8)
        cv2.imwrite(str(folder / f"{k}.png"), pixels)
    return folder


def test_train_and_resume(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    args = ["train", "cluster_nano", "--images", str(images), "-o", str(out)]
    first = CliRunner().invoke(app, [*args, "--budget", "256"])
    assert first.exit_code == 0, first.output
    assert "256 samples" in first.output
    again = CliRunner().invoke(app, [*args, "--budget", "0.512k", "--resume"])
    assert again.exit_code == 0, again.output
    assert "512 samples" in again.output
    for there in ("weights and state", "state"):
        refused = CliRunner().invoke(app, [*args, "--budget", "256"])
        assert refused.exit_code == 1, there
        assert "'" + str(tmp_path / "w.state.safetensors") in refused.stderr
        assert "--resume" in refused.stderr and "--force" in refused.stderr
        out.unlink(missing_ok=True)
    (tmp_path / "w.state.safetensors").unlink()  # the log is still there, and nothing to go on from
    refused = CliRunner().invoke(app, [*args, "--budget", "256"])
    assert refused.exit_code == 1
    assert "--force" in refused.stderr and "--resume" not in refused.stderr


@pytest.mark.parametrize("budget", ["soon", "-5m", "5 days"])
def test_a_budget_that_is_none(images: Path, tmp_path: Path, budget: str) -> None:
    out = str(tmp_path / "w.safetensors")
    args = ["train", "cluster_nano", "--images", str(images), "-o", out, "--budget", budget]
    assert CliRunner().invoke(app, args).exit_code == 2


def test_an_unknown_network_is_an_error(images: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["train", "clutser", "--images", str(images), "-o", str(tmp_path / "w.safetensors")]
    )
    assert result.exit_code == 2
    assert "cluster" in result.output


def test_parameters_of_a_network(images: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.safetensors"
    args = ["--images", str(images), "--budget", "160"]
    result = CliRunner().invoke(app, ["train", "cluster_nano", *args, "-o", str(first)])
    assert result.exit_code == 0, result.output
    second = tmp_path / "second.safetensors"
    name = f"cluster_nano(start={first}, learning_rate=0.002)"
    result = CliRunner().invoke(app, ["train", name, *args, "-o", str(second)])
    assert result.exit_code == 0, result.output
    drawn = tmp_path / "both.png"
    logs = [f"--plot={path.with_suffix('')}.log.csv" for path in (first, second)]
    result = CliRunner().invoke(app, ["train", *logs, "-o", str(drawn)])
    assert result.exit_code == 0, result.output
    assert cv2.imread(str(drawn)) is not None
    result = CliRunner().invoke(app, ["train", *logs, "-o", str(drawn)])
    assert result.exit_code == 1
    assert "already exists" in result.output


@pytest.mark.parametrize(
    "call", [["cluster_nano(seed=3)", "--images", "."], ["cluster_nano"], ["--images", "."]]
)
def test_a_call_that_says_too_much_or_too_little(tmp_path: Path, call: list[str]) -> None:
    result = CliRunner().invoke(app, ["train", *call, "-o", str(tmp_path / "w.safetensors")])
    assert result.exit_code == 2
