"""The loop of every training, on a task whose course is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from isp.courses import draw_history, read_log
from isp.errors import FileError, StageError
from stages.learned.running.tensors import WeightsError, load_tensors, save_tensors
from stages.learned.training.average import Average
from stages.learned.training.begin import held_out, trained
from stages.learned.training.loop import Budget, run, state_path
from stages.learned.training.optimisers import optimiser_tensors, restore_optimiser
from stages.learned.training.parameters import Training


class Climb:
    """Counts up; its score has its summit at a given step."""

    samples_per_step = 10

    def __init__(self, summit: int, die_at: int = -1) -> None:
        self.value = torch.zeros(1)
        self.summit = summit
        self.die_at = die_at
        self.fractions: list[float] = []

    def step(self, number: int, fraction: float) -> dict[str, float]:
        if number == self.die_at:
            raise KeyboardInterrupt
        assert number == int(self.value)
        self.fractions.append(fraction)
        self.value += 1
        return {"loss": float(number)}

    def judge(self) -> dict[str, float]:
        return {"score": -abs(float(self.value) - self.summit)}

    def state(self) -> dict[str, Tensor]:
        return {"value": self.value}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.value = state["value"].clone()

    def write(self, path: Path, about: dict[str, Any]) -> None:
        save_tensors(path, self.state(), about)


def test_the_best_weights_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    task = Climb(summit=6)
    progress = run(task, out, Budget(samples=200), report_every_steps=2)
    tensors, about = load_tensors(out)
    assert float(tensors["value"]) == 6
    assert about["samples"] == 60
    assert progress.samples == 200
    assert task.fractions == [i / 20 for i in range(20)]
    assert [row["loss"] for row in progress.history] == [2 * i + 0.5 for i in range(10)]
    assert read_log(tmp_path / "w.log.csv") == progress.history
    assert (tmp_path / "w.png").read_bytes().startswith(b"\x89PNG")


def test_a_killed_loop_goes_on_where_it_last_reported(tmp_path: Path) -> None:
    out, budget = tmp_path / "w.safetensors", Budget(samples=200)
    with pytest.raises(KeyboardInterrupt):
        run(Climb(6, die_at=9), out, budget, report_every_steps=2)
    progress = run(Climb(6), out, budget, resume=True, report_every_steps=2)
    assert [row["step"] for row in progress.history] == list(range(2, 21, 2))
    assert float(load_tensors(out)[0]["value"]) == 6


def test_a_budget_of_time_ends(tmp_path: Path) -> None:
    progress = run(Climb(6), tmp_path / "w.safetensors", Budget(seconds=0.05))
    assert progress.elapsed_s >= 0.05
    assert progress.history[-1]["step"] == progress.step


def pictures(folder: Path, count: int) -> Path:
    folder.mkdir()
    for k in range(count):
        (folder / f"{k:02}.png").write_bytes(b"x")
    return folder


def test_what_is_wrong_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    def never(*_: object) -> Climb:
        raise AssertionError

    out, images = tmp_path / "w.safetensors", pictures(tmp_path / "images", 3)
    given = Training(samples=10)
    with pytest.raises(StageError, match="budget"):
        trained(never, images, out, Training(samples=10, minutes=1.0))
    with pytest.raises(FileError, match="to resume from"):
        trained(never, images, out, Training(samples=10, resume=True))
    with pytest.raises(FileError, match="one image"):
        trained(never, pictures(tmp_path / "single", 1), out, given)
    with pytest.raises(FileError, match="is not a folder"):
        trained(never, tmp_path / "none", out, given)
    with pytest.raises(FileError, match="written twice"):
        trained(never, images, tmp_path / "w.png", given)
    for resume in (False, True):
        with pytest.raises(FileError, match="is a folder"):
            trained(never, images, Path(), Training(samples=10, resume=resume))
    out.write_text("mine")
    with pytest.raises(FileError, match="already exists"):
        trained(never, images, out, given)
    assert out.read_text() == "mine"
    assert not state_path(out).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("w.state.safetensors", "already exists: go on from it with --resume"),
        ("w.log.csv", "which goes with .* already exists"),
        ("w.png", "which goes with .* already exists"),
    ],
)
def test_what_goes_with_weights_is_not_replaced_without_force(
    tmp_path: Path, name: str, said: str
) -> None:
    beside, out = tmp_path / name, tmp_path / "w.safetensors"
    beside.write_text("mine")
    images = pictures(tmp_path / "images", 3)
    with pytest.raises(FileError, match=f"{name}'.*{said}"):
        trained(lambda *_: Climb(1), images, out, Training(samples=10))
    assert beside.read_text() == "mine" and not out.exists()
    trained(lambda *_: Climb(1), images, out, Training(samples=10, force=True))
    trained(lambda *_: Climb(2), images, out, Training(samples=20, resume=True))
    assert out.exists()


def test_every_image_is_learned_from_or_held_out(tmp_path: Path) -> None:
    images, seen = pictures(tmp_path / "images", 25), []

    def make(files: Any, aside: Any) -> Climb:
        seen.extend([len(files), len(aside), len(set(files) | set(aside))])
        return Climb(1)

    trained(make, images, tmp_path / "w.safetensors", Training(samples=10))
    assert seen == [23, 2, 25]
    assert len(held_out([Path("a"), Path("b")])) == 1


def test_an_optimiser_remembers(tmp_path: Path) -> None:
    def step(w: Tensor, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        (w * torch.tensor([1.0, 2.0, 3.0])).square().sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    first = torch.nn.Parameter(torch.ones(3))
    adam = torch.optim.Adam([first], lr=0.1)
    step(first, adam)
    save_tensors(tmp_path / "s.safetensors", optimiser_tensors("adam", adam), {})
    second = torch.nn.Parameter(first.detach().clone())
    other = torch.optim.Adam([second], lr=0.1)
    restore_optimiser("adam", other, load_tensors(tmp_path / "s.safetensors")[0])
    step(first, adam)
    step(second, other)
    assert torch.equal(first, second)


def test_the_average_follows() -> None:
    network = torch.nn.BatchNorm1d(2)
    average = Average(network, 0.5)
    with torch.no_grad():
        network.weight.fill_(3.0)
        network.num_batches_tracked.fill_(7)
    for step in range(1, 60):
        average.follow(network, step)
    assert torch.allclose(average.values["weight"], torch.full((2,), 3.0))
    assert int(average.values["num_batches_tracked"]) == 7


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "samples,loss\n1,x\n", "samples,loss\n1\n"])
def test_a_log_that_is_none_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.log.csv"
    path.write_text(text)
    with pytest.raises(FileError, match=r"x\.log\.csv"):
        read_log(path)


def test_logs_of_several_trainings_are_drawn_together(tmp_path: Path) -> None:
    rows = [{"step": 1.0, "samples": 5.0, "elapsed_s": 1.0, "loss": 2.0}]
    more = [{"step": 1.0, "samples": 5.0, "elapsed_s": 1.0, "score": 1.0}]
    draw_history({"a": rows, "b": more}, tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size > 5000


def test_weights_of_another_tool_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="version"):
        load_tensors(tmp_path / "w.safetensors")
