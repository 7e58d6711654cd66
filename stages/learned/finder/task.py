"""The training of the finder: crops with defects and without, one cross-entropy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from stages.learned.finder.network import SYMMETRY, FinderNet
from stages.learned.finder.sampling import CROP, Batch, draw
from stages.learned.finder.weights import save_weights
from stages.learned.tied.symmetry import Ties
from stages.learned.training.learner import Learner, Rate
from stages.learned.training.pictures import Pictures
from stages.learned.training.small_batches import SmallBatches

ALARMS_PER_MP = 5.0
"""False alarms per megapixel at which the held-out recall is taken."""

VALIDATION_CROPS = 1024


@dataclass(frozen=True)
class Plan:
    """How to train the finder.

    Parameters
    ----------
    seed : int
        Of the weights and of every crop.
    small_batch, batches : int
        Crops that one thread takes at a time; how many of those make a step.
    learning_rate : float
        At its height; it follows a cosine down to a hundredth.
    warm_up : int
        Steps over which the learning rate rises.
    average : float
        Decay of the moving average of the weights, per step.
    """

    seed: int = 0
    small_batch: int = 16
    batches: int = 4
    learning_rate: float = 4e-3
    warm_up: int = 100
    average: float = 0.998


class FinderTask(SmallBatches):
    """The finder, its optimisers and the average that is shipped; a `training.loop.Task`.

    Parameters
    ----------
    plan : Plan
        How to train.
    pictures, held_out : Pictures
        To draw crops from: to learn from, and to judge by.
    pool : ThreadPoolExecutor
        Threads that work at once, see `running.threads`.
    about : dict
        Written into the weights file.
    start : FinderNet, optional
        Weights to begin with.
    """

    def __init__(
        self,
        plan: Plan,
        pictures: Pictures,
        held_out: Pictures,
        pool: ThreadPoolExecutor,
        about: dict[str, object] | None = None,
        start: FinderNet | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.pictures, self.about = plan, pictures, about or {}
        self.validation = draw(held_out, 999, VALIDATION_CROPS)
        self.network = _laid_out(start or FinderNet()).train()
        ties = Ties(self.network, SYMMETRY)
        (ties.tie if start else ties.begin)(self.network.parameters())
        rate = Rate(plan.learning_rate, plan.warm_up)
        learner = Learner(self.network, ("logit",), rate, plan.average, ties)
        super().__init__(plan.small_batch, plan.batches, pool, learner)

    def _gradients(self, number: int) -> tuple[tuple[Tensor, ...], float]:
        plan = self.plan
        batch = draw(self.pictures, (plan.seed << 32) + number, plan.small_batch)
        loss = surprise(self.network, batch)
        return torch.autograd.grad(loss, self.learner.parameters), float(loss.detach())

    def averaged(self) -> FinderNet:
        """The finder with the moving average of its weights."""
        network = FinderNet()
        network.load_state_dict(self.learner.average.values)
        return _laid_out(network).eval()

    def judge(self) -> dict[str, float]:
        """Of held-out crops: the surprise, whose negative is the score, and what it is worth.

        ``recall_percent``: of the clearly visible defects, at `ALARMS_PER_MP`; a matter of the few
        brightest false ones, and too noisy to choose weights by. ``logit``: where that threshold lies.
        """
        network = self.averaged()
        logits, loss = [], []
        with torch.no_grad():
            for part_ in _split(self.validation, 32):
                logits.append(_logits(network, part_).permute(0, 2, 3, 1).numpy())
                loss.append(float(surprise(network, part_)))
        score, truth = np.concatenate(logits).ravel(), self.validation.target.ravel()
        counts = self.validation.weight.ravel() > 0.5
        good = np.sort(score[counts & (truth == 0)])[::-1]
        allowed = int(ALARMS_PER_MP * len(good) / 1e6)
        recall = float(np.mean(score[counts & (truth > 0)] > good[allowed]))
        return {
            "score": -float(np.mean(loss)),
            "recall_percent": 100 * recall,
            "logit": float(good[allowed]),
        }

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the average."""
        save_weights(path, self.averaged(), {**self.about, **about})


def _laid_out(network: FinderNet) -> FinderNet:
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _split(batch: Batch, count: int) -> list[Batch]:
    parts = range(0, len(batch.features), count)
    fields = (batch.features, batch.target, batch.weight)
    return [Batch(*(field[at : at + count] for field in fields)) for at in parts]


def _logits(network: FinderNet, batch: Batch) -> Tensor:
    features = torch.from_numpy(batch.features).permute(0, 3, 1, 2)
    with torch.autocast("cpu", torch.bfloat16):
        logits: Tensor = network(features)
    return logits.float()


def surprise(network: FinderNet, batch: Batch) -> Tensor:
    """Cross-entropy per thousand pixels of a crop that count, the mean over crops."""
    target = torch.from_numpy(batch.target).permute(0, 3, 1, 2)
    weight = torch.from_numpy(batch.weight).permute(0, 3, 1, 2)
    logits = _logits(network, batch)
    entropy = functional.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum")
    return entropy / len(batch.features) * (1000.0 / CROP**2)
