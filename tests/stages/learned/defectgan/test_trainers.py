"""The trainer stages and `isp train`, on a folder of photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from isp.bound import stage
from isp.cli import app
from isp.errors import IspError, StageError
from stages.learned.defectgan import network as network_module
from stages.learned.defectgan import task
from stages.learned.defectgan.plan import THESIS
from stages.learned.defectgan.weights import load_generator
from stages.learned.training import loop

SHORT: dict[str, Any] = {"samples": 8, "batch": 2, "crop": 48}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "WIDTHS", (16, 8, 8, 16))
    monkeypatch.setattr(task, "JUDGED", 4)
    monkeypatch.setattr(loop, "draw_history", lambda _, path: path.touch())


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for k in range(2):
        pixels = np.random.default_rng(k).integers(0, 255, (100, 104, 3), np.uint8)
        cv2.imwrite(str(folder / f"{k}.png"), pixels)
    return folder


@pytest.mark.parametrize("way", list(THESIS))
def test_a_trainer_writes_a_generator(way: str, images: Path, tmp_path: Path) -> None:
    out = tmp_path / f"{way}.safetensors"
    progress = stage(f"train_{way}", **SHORT, channels=3, mode="fixed")(images, out)
    generator, about = load_generator(out)
    assert generator.channels == 3
    assert (about["plan"]["way"], about["plan"]["mode"]) == (way, "fixed")
    assert progress.samples >= 8
    assert out.with_name(f"{way}.log.csv").is_file() and out.with_name(f"{way}.png").is_file()


def test_retraining_on_other_defects(images: Path, tmp_path: Path) -> None:
    fixed, dynamic = tmp_path / "fixed.safetensors", tmp_path / "dynamic.safetensors"
    name = "train_generative_inpainter"
    stage(name, **SHORT, channels=3, mode="fixed")(images, fixed)
    stage(name, **SHORT, channels=3, mode="dynamic", start=str(fixed))(images, dynamic)
    assert load_generator(dynamic)[1]["plan"]["mode"] == "dynamic"
    with pytest.raises(StageError, match="channels"):
        stage(name, **SHORT, channels=4, start=str(fixed), force=True)(images, dynamic)


def test_the_command_line_takes_parameters(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    name = "dual_encoder(mode=fixed, channels=3, crop=48, batch=2, critic=global)"
    args = ["train", name, "--images", str(images), "-o", str(out), "--budget", "8"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    assert load_generator(out)[1]["plan"]["critic"] == "global"


@pytest.mark.parametrize(
    "wrong",
    [{"channels": 5}, {"crop": 40}, {"critic": "pixels"}, {"dropout": 1.0}, {"minutes": 1.0}],
)
def test_wrong_parameters_are_refused(wrong: dict[str, Any], images: Path, tmp_path: Path) -> None:
    with pytest.raises(IspError):
        stage("train_inpainter", **{**SHORT, **wrong})(images, tmp_path / "w.safetensors")
    assert not list(tmp_path.glob("*.safetensors"))
