"""Weights files: what is written comes back; wrong and hostile files are refused with a sentence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from stages.learned.defectgan import network as network_module
from stages.learned.defectgan.network import Generator
from stages.learned.defectgan.weights import KIND, load_generator, write_generator
from stages.learned.running.tensors import WeightsError, load_tensors, save_tensors


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "WIDTHS", (16, 8, 8, 16))


@pytest.mark.parametrize("normalisation", ["none", "spectral"])
def test_there_and_back(tmp_path: Path, normalisation: str) -> None:
    path = tmp_path / "w.safetensors"
    network = Generator(4, "none", normalisation=normalisation)  # type: ignore[arg-type]
    write_generator(path, network, {"samples": 7})
    again, about = load_generator(path)
    assert (again.channels, again.output, again.training) == (4, "none", False)
    assert about == {"samples": 7}
    tensors, _ = load_tensors(path)
    assert all(value.dtype == torch.bfloat16 for value in tensors.values())
    x = torch.rand(1, 4, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(again(x), network.eval()(x), atol=0.02, rtol=0.02)


def written(path: Path, tensors: dict[str, torch.Tensor], about: dict[str, Any]) -> None:
    save_tensors(path, tensors, {"kind": KIND, "channels": 3, "output": "relu", **about})


@pytest.mark.parametrize(
    "about",
    [
        {"kind": "cluster"},
        {"channels": 5},
        {"channels": "3"},
        {"channels": True},
        {"channels": [3]},
        {"output": "sin"},
        {"output": None},
        {"channels": 4},
    ],
)
def test_another_header_is_refused(tmp_path: Path, about: dict[str, Any]) -> None:
    path = tmp_path / "w.safetensors"
    written(path, Generator(3).state_dict(), about)
    with pytest.raises(WeightsError, match=r"w\.safetensors"):
        load_generator(path)


def test_other_tensors_are_refused(tmp_path: Path) -> None:
    path, good = tmp_path / "w.safetensors", Generator(3).state_dict()
    name = "bottom.weight"
    wrong = [
        {k: v for k, v in good.items() if k != name},
        {**good, "more": torch.zeros(1)},
        {**good, name: torch.zeros(2, 2, 1, 1)},
        {**good, name: torch.full_like(good[name], float("nan"))},
        {**good, name: torch.full_like(good[name], float("inf"))},
    ]
    for tensors in wrong:
        written(path, tensors, {})
        with pytest.raises(WeightsError, match=r"w\.safetensors"):
            load_generator(path)


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(WeightsError):
        load_generator(path)
    huge = (1 << 62).to_bytes(8, "little") + b"{}"
    for content in (b"", b"\x00" * 64, huge, pickle.dumps({"bottom.weight": [1.0]})):
        path.write_bytes(content)
        with pytest.raises(WeightsError):
            load_generator(path)
    torch.save(Generator(3).state_dict(), path)
    with pytest.raises(WeightsError):
        load_generator(path)
    written(path, Generator(3).state_dict(), {})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError):
        load_generator(path)
