"""Shapes from a variational autoencoder: the network, its training, sums of latents, the stage."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

import isp
from isp.bound import stage
from isp.cfa import Cfa
from isp.errors import FileError, IspError
from isp.testing import check_stage
from stages.learned.running.tensors import WeightsError
from stages.learned.shape_vae.family import Family
from stages.learned.shape_vae.loss import divergence, reconstruction
from stages.learned.shape_vae.masks import KINDS, drawn, read_masks
from stages.learned.shape_vae.network import SIDE, ShapeVae
from stages.learned.shape_vae.task import Plan, ShapesTask
from stages.learned.shape_vae.weights import families_of, load_families, save_families
from stages.learned.training.loop import Budget, run

MONO = Cfa.parse("MONO")


def masks(families: int = 1, shapes: int = 2) -> np.ndarray:
    kinds = [KINDS[k % len(KINDS)] for k in range(families * shapes)]
    return drawn(kinds, np.random.default_rng(0)).reshape(families, shapes, SIDE, SIDE)


def test_the_architecture_is_that_of_the_keras_example() -> None:
    network = ShapeVae()
    sizes = {n: sum(p.numel() for p in m.parameters()) for n, m in network.named_children()}
    assert sizes == {
        "narrow": 320, "narrower": 18496, "gather": 50192, "mean": 34, "log_variance": 34,
        "spread": 9408, "wide": 36928, "wider": 18464, "draw": 289,
    }  # fmt: skip
    mean, log_variance = network.encode(torch.rand(3, 1, SIDE, SIDE))
    assert mean.shape == log_variance.shape == (3, 2)
    made = network.decode(mean)
    assert made.shape == (3, 1, SIDE, SIDE)
    assert 0 < float(made.detach().min()) <= float(made.detach().max()) < 1


def test_losses_are_those_of_their_formulas() -> None:
    torch.manual_seed(0)
    logits, truth = torch.randn(4, 1, 5, 5), torch.rand(4, 1, 5, 5)
    p = 1 / (1 + np.exp(-logits.double().numpy()))
    t = truth.double().numpy()
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum((1, 2, 3)).mean()
    assert float(reconstruction(logits, truth)) == pytest.approx(expected, rel=1e-5)
    mean, log_variance = torch.randn(4, 2), torch.randn(4, 2)
    law = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))
    standard = torch.distributions.Normal(0.0, 1.0)
    exact = torch.distributions.kl_divergence(law, standard).sum(1).mean()
    assert float(divergence(mean, log_variance)) == pytest.approx(float(exact), rel=1e-5)


def test_shapes_are_drawn_by_the_simulators_own_stages() -> None:
    found = drawn(KINDS, np.random.default_rng(1))
    assert found.shape == (5, SIDE, SIDE)
    assert found.dtype == np.float32
    assert all(0.5 < mask.max() <= 1 and mask.min() == 0 for mask in found)
    np.testing.assert_array_equal(found, drawn(KINDS, np.random.default_rng(1)))


def test_a_resumed_training_is_the_unbroken_one(tmp_path: Path) -> None:
    def task() -> ShapesTask:
        return ShapesTask(Plan(seed=4, copies=8, batch=4), masks(2, 2))

    class Killed(ShapesTask):
        def step(self, number: int, fraction: float) -> dict[str, float]:
            if number == 5:
                raise KeyboardInterrupt
            return super().step(number, fraction)

    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    run(task(), whole, Budget(samples=64), report_every_steps=4)
    first = task()
    first.__class__ = Killed
    with pytest.raises(KeyboardInterrupt):
        run(first, cut, Budget(samples=64), report_every_steps=4)
    run(task(), cut, Budget(samples=64), resume=True, report_every_steps=4)
    for end in (".safetensors", ".state.safetensors"):
        one, other = (load_file(path.with_suffix(end)) for path in (whole, cut))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one)


def test_every_copy_is_seen_once_an_epoch() -> None:
    task = ShapesTask(Plan(copies=10, batch=5), masks(1, 3))
    epochs = [torch.cat([task._order(e * 6 + k, 0, 3) for k in range(6)]) for e in range(2)]
    for epoch in epochs:
        assert torch.bincount(epoch).tolist() == [10, 10, 10]
    assert not torch.equal(epochs[0], epochs[1])


def test_few_shapes_and_many_copies_become_clusters_that_can_be_told_apart() -> None:
    task = ShapesTask(Plan(seed=1), masks(1, 2))
    before = task.judge()["score"]
    for number in range(120):
        task.step(number, 0.0)
    assert task.judge()["score"] > before / 3
    family = task.families()[0]
    mean, deviation = family.clusters
    assert np.linalg.norm(mean[0] - mean[1]) > 2 * deviation.max()
    for k, mask in enumerate(family.decoded(mean)):
        shares = family.shares(mask, 0.5)
        assert shares[k] > 0.4
        assert shares[k] > shares[1 - k]


def test_a_balanced_sum_holds_no_less_of_the_lesser_parent_than_the_plain_one() -> None:
    for family in families_of(""):
        for pair in combinations(range(len(family.masks)), 2):
            plain = family.decoded(family.summed(pair)[None])[0]
            weights = family.balanced(pair, 0.3)
            even = family.decoded(family.summed(pair, weights)[None])[0]
            least = [family.shares(mask, 0.3)[list(pair)].min() for mask in (plain, even)]
            assert least[1] >= least[0] - 0.5  # strays count too
            assert all(0 < w <= 2 for w in weights)


def test_it_keeps_what_a_shape_promises() -> None:
    check_stage("vae", superimposed=1)
    check_stage("vae", superimposed=3, balanced=False, threshold=0.9)


@settings(max_examples=25)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    seed=st.integers(0, 2**32),
    superimposed=st.integers(1, 3),
    threshold=st.sampled_from([0.1, 0.3, 0.9]),
)
def test_masks_fit_their_box(
    height: int, width: int, seed: int, superimposed: int, threshold: float
) -> None:
    shape = stage("vae", superimposed=superimposed, threshold=threshold)
    mask = shape(np.random.default_rng(seed), (height, width), MONO)
    assert mask.dtype == np.float32
    assert mask.shape[0] <= height
    assert mask.shape[1] <= width
    assert mask.max() == 1
    assert mask.min() >= 0


def test_masks_are_irregular_and_differ() -> None:
    rng = np.random.default_rng(0)
    found = [stage("vae")(rng, (28, 28), MONO) for _ in range(12)]
    assert len({mask.tobytes() for mask in found}) > 8
    assert all((mask > 0).mean() < 0.95 for mask in found)
    assert any(((mask > 0) & (mask < 0.6)).any() for mask in found)


def test_a_population_is_damaged_with_it() -> None:
    frame = isp.RawFrame.of(np.full((200, 200), 900, np.uint16), "RGGB", white_dn=4095)
    group = {
        "count": 6,
        "shape": {"name": "vae", "superimposed": 2},
        "size_px": [12, 24],
        "damage": {"kind": "dead"},
    }
    clusters = isp.stage("clusters", population={"groups": [group]})
    injection = clusters(frame, 3)
    assert len(np.unique(injection.truth.cluster)) == 6
    assert len(injection.truth) > 60
    np.testing.assert_array_equal(injection.truth.mask(), clusters(frame, 3).truth.mask())


def test_the_trainer_takes_masks_or_draws_them(tmp_path: Path) -> None:
    import cv2

    folder = tmp_path / "masks"
    folder.mkdir()
    out = tmp_path / "vae.safetensors"
    stage("train_vae", samples=40, families=2, shapes=2, seed=5)(folder, out)
    families, about = load_families(out)
    assert len(families) == 2
    assert about["masks"] == "scratch, crack, blob, impact"
    for k in range(5):
        picture = np.zeros((40, 60), np.uint8)
        picture[5 * k + 2 : 5 * k + 9, 10:50] = 200
        cv2.imwrite(str(folder / f"{k}.png"), picture)
    read = read_masks(folder)
    assert read.shape == (5, SIDE, SIDE)
    assert (read.max((1, 2)) == 1).all()
    assert read[0].argmax() < read[4].argmax()
    again = stage("train_vae", samples=40, families=2, shapes=2, latent=3, force=True)
    again(folder, out)
    families, about = load_families(out)
    assert about["masks"] == "a folder"
    assert families[1].network.latent == 3
    np.testing.assert_allclose(families[1].masks[0], read[2], atol=0.01)
    assert (tmp_path / "vae.png").is_file()
    with pytest.raises(FileError, match="needs 9"):
        stage("train_vae", samples=40, shapes=9, force=True)(folder, out)
    with pytest.raises(FileError, match="already exists"):
        stage("train_vae", samples=40)(folder, out)
    with pytest.raises(IspError, match="budget"):
        stage("train_vae", families=1, shapes=2, force=True)(folder, out)
    with pytest.raises(FileError, match="folder"):
        read_masks(tmp_path / "nowhere")


def hostile(path: Path, case: str) -> None:
    save_families(path, [Family(ShapeVae(2).eval(), masks(1, 2)[0])], {})
    tensors = load_file(path)
    shape: object = {"families": 1, "latent": 2}
    if case == "cut":
        path.write_bytes(path.read_bytes()[:500])
        return
    if case == "missing":
        path.unlink()
        return
    if case == "more families":
        shape = {"families": 9, "latent": 2}
    elif case == "huge":
        shape = {"families": 10**9, "latent": 2}
    elif case == "other latent":
        shape = {"families": 1, "latent": 3}
    elif case == "no shape":
        shape = None
    elif case == "nan":
        tensors["0.network.draw.bias"][0] = float("nan")
    elif case == "empty mask":
        tensors["0.masks"][0] = 0
    elif case == "small masks":
        tensors["0.masks"] = torch.ones(2, 5, 5)
    elif case == "no masks":
        del tensors["0.masks"]
    save_file(tensors, path, metadata={"version": "1", "shape": json.dumps(shape)})


@pytest.mark.parametrize(
    "case",
    [
        "cut", "missing", "more families", "huge", "other latent", "no shape", "nan", "empty mask",
        "small masks", "no masks",
    ],
)  # fmt: skip
def test_hostile_weights_are_refused_with_a_sentence(tmp_path: Path, case: str) -> None:
    path = tmp_path / "w.safetensors"
    hostile(path, case)
    with pytest.raises(WeightsError, match=r"w\.safetensors") as caught:
        load_families(path)
    assert "\n" not in str(caught.value)
