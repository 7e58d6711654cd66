"""Patches, training, weights files: seeded, resumable, and nothing hostile gets in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from isp.transfer import srgb_encoded
from stages.learned.autoencoders import recipes, task
from stages.learned.autoencoders.calibration import Calibration
from stages.learned.autoencoders.patches import draw
from stages.learned.autoencoders.reconstructor import NETWORKS, Reconstructor
from stages.learned.autoencoders.sizes import MemAeSize
from stages.learned.autoencoders.task import Recipe, ReconstructionTask
from stages.learned.autoencoders.weights import load_network, save_network, shipped
from stages.learned.running.place import Place
from stages.learned.running.tensors import WeightsError, load_tensors, save_tensors
from stages.learned.training.loop import Budget, run
from stages.learned.training.parameters import Training
from stages.learned.training.pictures import LINEAR_MAX, Pictures

SMALL = Recipe(batch=2, side=16, warm_up=2)


def pictures(seed: int, count: int = 3) -> Pictures:
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:150, :140]
    parts = []
    for _ in range(count):
        a, b = rng.uniform(3, 20, 2)
        wave = 0.4 + 0.3 * np.sin(rows / a + cols / b)[..., None] * rng.uniform(0.5, 1, 3)
        parts.append(np.rint(wave * LINEAR_MAX).astype(np.uint16))
    return Pictures.of([*parts, parts[0][:, :, :1]])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "RECIPES", dict.fromkeys(NETWORKS, SMALL))
    monkeypatch.setattr(task, "JUDGED", 2)


def small_task(name: str, seed: int = 0) -> ReconstructionTask:
    torch.manual_seed(seed)
    kind = NETWORKS[name]
    size = MemAeSize(4, 40) if name == "memae" else kind.size_type(4)
    return ReconstructionTask(name, kind(size), pictures(1), pictures(2, 1), seed)  # type: ignore[arg-type]


def test_patches_follow_from_their_generator() -> None:
    one, again = (draw(pictures(1), np.random.default_rng(4), 6, 16) for _ in range(2))
    torch.testing.assert_close(one.seen, again.seen, atol=0, rtol=0)
    other = draw(pictures(1), np.random.default_rng(5), 6, 16)
    assert not torch.equal(one.clean, other.clean)
    assert one.seen.shape == one.clean.shape == (6, 4, 16, 16)
    assert bool(((one.seen >= 0) & (one.seen <= 1)).all())


def test_patches_are_encoded_mosaics() -> None:
    """Of a picture of one colour, every patch is that colour in R, G, G, B."""
    colour = np.array([0.1, 0.4, 0.002])
    flat = np.rint(np.ones((140, 140, 3)) * colour * LINEAR_MAX).astype(np.uint16)
    batch = draw(Pictures.of([flat]), np.random.default_rng(0), 4, 16, augment=False)
    expected = srgb_encoded(colour)[[0, 1, 1, 2]]
    np.testing.assert_allclose(batch.clean.mean((0, 2, 3)).numpy(), expected, atol=1e-4)
    noisy = (batch.seen - batch.clean).abs().amax((1, 2, 3)) > 0
    assert noisy.any()


class Cut(Exception):
    """A training is killed."""


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_resumed_training_is_the_unbroken_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, killed, resumed = (small_task(name) for _ in range(3))
    run(unbroken, tmp_path / "one.safetensors", Budget(samples=10), report_every_steps=2)
    step, out = killed.step, tmp_path / "two.safetensors"

    def until_killed(number: int, fraction: float) -> dict[str, float]:
        if number == 3:
            raise Cut
        return step(number, fraction)

    monkeypatch.setattr(killed, "step", until_killed)
    with pytest.raises(Cut):
        run(killed, out, Budget(samples=10), report_every_steps=2)
    run(resumed, out, Budget(samples=10), resume=True, report_every_steps=2)
    expected = unbroken.state()
    assert set(expected) == set(resumed.state())
    for key, value in resumed.state().items():
        torch.testing.assert_close(value, expected[key], atol=0, rtol=0, msg=key)
    one, two = (load_tensors(tmp_path / f"{n}.safetensors")[0] for n in ("one", "two"))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_training_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Recipe(learning_rate=6e-3, batch=4, side=16, warm_up=2, average=0.9)
    monkeypatch.setattr(task, "RECIPES", {"cae": quick})
    learner = small_task("cae")
    before = learner.judge()["score"]
    for number in range(60):
        learner.step(number, number / 60)
    assert learner.judge()["score"] > before + 2


def test_the_seed_decides() -> None:
    losses = [small_task("ae", seed).step(0, 0.0)["l2"] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_weights_come_back_in_half_precision(name: str, tmp_path: Path) -> None:
    made = small_task(name)
    out = tmp_path / "w.safetensors"
    made.write(out, {"samples": 0})
    reconstructor, about = load_network(out, name)
    assert about["seed"] == 0
    picture = torch.rand(1, 4, 32, 32)
    with torch.no_grad():
        expected = Reconstructor(made.network).eval()
        expected.settle()
        torch.testing.assert_close(reconstructor(picture), expected(picture), atol=0.05, rtol=0.05)


def test_a_trained_file_detects_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer ends with thresholds in the header, from images that were held out."""
    cv2 = pytest.importorskip("cv2")
    folder = tmp_path / "images"
    folder.mkdir()
    for n in range(4):
        rows, cols = np.mgrid[:140, :150]
        wave = 127 + 80 * np.sin(rows / (5 + n) + cols / 9)
        cv2.imwrite(str(folder / f"{n}.png"), np.stack([wave] * 3, -1).astype(np.uint8))
    whole = Calibration.of
    monkeypatch.setattr(Calibration, "of", staticmethod(lambda p: whole(p, 2, 96)))
    out = tmp_path / "cae.safetensors"
    recipes.train("cae", folder, out, Training(samples=4, seed=1))
    about = load_tensors(out)[1]
    assert set(about["thresholds"]) == {"l1", "ssim"}
    assert all(value > 0 for value in about["thresholds"].values())
    assert about["false_alarms_per_mp"] == 100.0


def hostile(tmp_path: Path) -> list[tuple[Path, str]]:
    made = small_task("cae")
    good = tmp_path / "good.safetensors"
    made.write(good, {})
    tensors, about = load_tensors(good)
    cases = []

    def case(name: str, reason: str) -> Path:
        path = tmp_path / f"{name}.safetensors"
        cases.append((path, reason))
        return path

    case("missing", "cannot be read")
    case("text", "cannot be read").write_text("no weights")
    case("cut", "cannot be read").write_bytes(good.read_bytes()[:900])
    save_file({"a": torch.zeros(1)}, case("stranger", "not a weights file"))
    save_tensors(case("other", "runs 'cae'"), tensors, {**about, "network": "ae"})
    save_tensors(case("size", "do not fit"), tensors, {**about, "size": {"channels": 3}})
    save_tensors(case("huge", "do not fit"), tensors, {**about, "size": {"channels": 10**9}})
    save_tensors(case("shapeless", "do not fit"), tensors, {**about, "size": "4"})
    nan = {k: torch.full_like(v, torch.nan) for k, v in tensors.items()}
    save_tensors(case("nan", "not all finite"), nan, about)
    few = dict(list(tensors.items())[1:])
    save_tensors(case("few", "do not fit"), few, about)
    return cases


def test_hostile_weights_are_refused_with_a_sentence(tmp_path: Path) -> None:
    for path, reason in hostile(tmp_path):
        with pytest.raises(WeightsError, match=reason) as caught:
            shipped("cae", str(path), Place.of("cpu"))
        assert str(path) in str(caught.value) and str(caught.value).endswith(".")


def test_weights_of_pictures_do_not_run_on_mosaics(tmp_path: Path) -> None:
    kind = NETWORKS["cae"]
    network = kind(kind.size_type(3))  # type: ignore[arg-type]
    path = tmp_path / "rgb.safetensors"
    save_network(path, "cae", network, network.state_dict(), {})
    with pytest.raises(WeightsError, match="3 channels"):
        shipped("cae", str(path), Place.of("cpu"))
