"""The four ways learn, are judged, and go on after a kill as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from isp.errors import StageError
from stages.learned.defectgan import network as network_module
from stages.learned.defectgan.dataset import DrawnSamples
from stages.learned.defectgan.defects import Defects
from stages.learned.defectgan.folding import folded
from stages.learned.defectgan.lesson import make
from stages.learned.defectgan.network import Generator
from stages.learned.defectgan.plan import THESIS, Plan
from stages.learned.defectgan.recipes import QUICK, plan_for
from stages.learned.defectgan.task import DefectTask
from stages.learned.defectgan.validation import Validation
from stages.learned.defectgan.weights import load_generator
from stages.learned.running.threads import side_by_side
from stages.learned.training import loop
from stages.learned.training.loop import Budget, run
from stages.learned.training.pictures import Pictures

WAYS = list(THESIS)
SMALL: dict[str, Any] = {"batch": 2, "crop": 32, "warm_up": 2}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "WIDTHS", (16, 8, 8, 16))
    monkeypatch.setattr(loop, "draw_history", lambda *_: None)  # slow, and tested with the loop


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with side_by_side(2) as threads:
        yield threads


def pictures(seed: int) -> Pictures:
    rows, cols = np.indices((80, 80))
    wave = 30000 + 20000 * np.sin(
        rows[..., None] / (5 + seed) + cols[..., None] / np.array([7, 9, 11])
    )
    return Pictures.of([wave.astype(np.uint16)])


def task(plan: Plan, pool: ThreadPoolExecutor, kind: type[DefectTask] = DefectTask) -> DefectTask:
    defects = Defects.of("fixed")
    drawn = DrawnSamples(pictures(0), defects, plan.channels, plan.crop)
    aside = DrawnSamples(pictures(3), defects, plan.channels, plan.crop)
    return kind(plan, drawn, Validation.of(aside, 4), pool)


def weights(generator: Generator) -> torch.Tensor:
    return torch.cat([one.detach().flatten() for one in generator.parameters()])


def test_the_plans_are_those_of_the_thesis() -> None:
    found = {way: (p.pixel, p.local, p.latent, p.critic) for way, p in THESIS.items()}
    assert found == {
        "latent_inpainter": (10, 100, 1, "pixel"),
        "dual_encoder": (100, 100, 1, "pixel"),
        "generative_inpainter": (100, 10, 10, "none"),
        "inpainter": (100, 100, 0, "pixel"),
    }
    for plan in THESIS.values():
        assert plan.generator_rate == plan.critic_rate / 2 == 2e-4
        assert (plan.betas, plan.n_critic, plan.batch, plan.crop) == ((0.0, 0.999), 2, 16, 128)
        assert (plan.normalisation, plan.output, plan.adversarial) == ("spectral", "relu", "wgan")


@pytest.mark.parametrize(
    "wrong",
    [
        {"crop": 40},
        {"channels": 2},
        {"batch": 0},
        {"batch": 3, "shards": 2},
        {"shards": 2},
        {"initial": "copy"},
        {"initial": "copy", "normalisation": "none", "output": "tanh"},
    ],
)
def test_plans_at_odds_with_themselves_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StageError):
        replace(THESIS["inpainter"], **wrong)


def test_changes_come_before_the_recipe() -> None:
    plan = plan_for("inpainter", "quick", {"crop": 96, "batch": None, "dropout": 0.2})
    assert (plan.crop, plan.batch, plan.dropout, plan.shards) == (96, QUICK["batch"], 0.2, 1)
    assert plan_for("inpainter", "thesis", {}) == THESIS["inpainter"]


class Killed(DefectTask):
    def step(self, number: int, fraction: float) -> dict[str, float]:
        if number == 4:
            raise KeyboardInterrupt
        return super().step(number, fraction)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("recipe", ["quick", "thesis"])
def test_a_killed_training_ends_in_the_same_weights(
    way: Any, recipe: Any, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    plan = plan_for(way, recipe, SMALL)
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    steps = task(plan, pool).samples_per_step
    budget = Budget(samples=6 * steps)
    progress = run(task(plan, pool), whole, budget, report_every_steps=2)
    with pytest.raises(KeyboardInterrupt):
        run(task(plan, pool, Killed), broken, budget, report_every_steps=2)
    resumed = run(task(plan, pool), broken, budget, resume=True, report_every_steps=2)
    ends = [load_file(path.with_name(f"{path.stem}.state.safetensors")) for path in (whole, broken)]
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())
    assert progress.history[-1].keys() == progress.history[0].keys()
    keep = [k for k in progress.history[-1] if k != "elapsed_s"]
    assert [[r[k] for k in keep] for r in progress.history] == [
        [r[k] for k in keep] for r in resumed.history
    ]
    best = [load_generator(path) for path in (whole, broken)]
    assert torch.equal(weights(best[0][0]), weights(best[1][0]))
    assert best[0][1]["plan"]["way"] == best[1][1]["plan"]["way"] == way


def test_the_number_of_threads_changes_nothing(pool: ThreadPoolExecutor) -> None:
    plan = plan_for("dual_encoder", "quick", SMALL)
    ends = []
    with ThreadPoolExecutor(1) as one:
        for threads in (pool, one):
            learning = task(plan, threads)
            for number in range(3):
                learning.step(number, 0.1)
            ends.append(weights(learning.generator))
    assert torch.equal(*ends)


@pytest.mark.parametrize(
    "changes",
    [
        {"adversarial": "cgan"},
        {"critic": "global"},
        {"critic": "none"},
        {"local_distance": "l1", "latent_distance": "l2"},
        {"output": "tanh"},
        {"output": "none"},
        {"normalisation": "batch", "dropout": 0.2},
        {"kept": 5},
        {"channels": 4},
    ],
)
@pytest.mark.parametrize("way", ["dual_encoder", "latent_inpainter"])
def test_every_choice_learns(way: Any, changes: dict[str, Any], pool: ThreadPoolExecutor) -> None:
    learning = task(plan_for(way, "quick", {**SMALL, **changes}), pool)
    before = weights(learning.generator)
    for number, fraction in ((0, 0.1), (1, 0.8), (2, 0.9)):
        losses = learning.step(number, fraction)
        assert all(np.isfinite(value) for value in losses.values())
    assert ("critic" in losses) == (learning.plan.critic != "none")
    after = weights(learning.generator)
    assert torch.isfinite(after).all() and not torch.equal(before, after)
    figures = learning.judge()
    expected = figures["global_psnr_db"] + figures["area_psnr_db"]
    expected += 100 * (figures["global_ssim"] + figures["area_ssim"])
    assert figures["score"] == pytest.approx(expected)


def test_what_the_generator_is_shown(pool: ThreadPoolExecutor) -> None:
    for way, copying, count in (("dual_encoder", False, 4), ("inpainter", False, 2),
                                ("latent_inpainter", True, 2)):  # fmt: skip
        learning = task(plan_for(way, "quick", SMALL), pool)
        batch = learning.samples.draw(0, 0, 2)
        made = make(learning.plan, learning.generator, batch, copying=copying)
        assert len(made.shown) == len(made.pictures) == len(made.latent) == count
        assert torch.equal(made.shown[:2], batch.clean if copying else batch.damaged)
        if count == 4:
            assert torch.equal(made.shown[2:], batch.clean)


def test_the_autoencoder_is_frozen_once_its_share_is_used(pool: ThreadPoolExecutor) -> None:
    learning = task(plan_for("latent_inpainter", "quick", SMALL), pool)
    assert learning.step(0, 0.1)["latent"] == 0
    assert learning.judge()["score"] == 0
    assert learning.teacher is None
    assert learning.step(1, 0.5)["latent"] > 0
    assert learning.teacher is not None
    taught = weights(learning.teacher)
    learning.step(2, 0.6)
    assert torch.equal(taught, weights(learning.teacher))
    assert learning.judge()["score"] > 0


def test_a_retraining_begins_where_the_weights_are(pool: ThreadPoolExecutor) -> None:
    for recipe in ("quick", "thesis"):
        first = task(plan_for("inpainter", recipe, SMALL), pool)  # type: ignore[arg-type]
        for number in range(3):
            first.step(number, 0.0)
        second = task(plan_for("inpainter", recipe, {**SMALL, "seed": 1}), pool)  # type: ignore[arg-type]
        second.continue_from(folded(first.generator))
        x = torch.rand(1, 3, 32, 32)
        with torch.no_grad():
            expected, got = folded(first.generator)(x), folded(second.generator)(x)
        tolerance = 1e-6 if recipe == "quick" else 0.3
        assert (expected - got).abs().max() <= tolerance
        second.step(0, 0.0)


def test_a_network_that_repairs_scores_more_than_the_damage(pool: ThreadPoolExecutor) -> None:
    validation = task(plan_for("inpainter", "quick", SMALL), pool).validation

    class Oracle(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return validation.batch.clean if torch.equal(x, validation.batch.damaged) else x

    best = validation.judge(Oracle())  # type: ignore[arg-type]
    assert best["global_ssim"] == best["area_ssim"] == 1
    assert best["score"] > 300 > validation.before["score"]
    assert validation.before["area_psnr_db"] < 15
