"""How the network learns: windows become gradients, and gradients weights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from stages.learned.clusternet.loss import laplace_surprise, root_mean_square
from stages.learned.clusternet.network import ClusterNet, Shape, ready
from stages.learned.clusternet.sampling import Batch
from stages.learned.tied.symmetry import Ties
from stages.learned.training.learner import Learner, Rate
from stages.learned.training.small_batches import SmallBatches

SURPRISE_SHARE = 0.005
"""Weight of the spread's loss: it has parameters of its own, so only its step size depends on it."""


@dataclass(frozen=True)
class Plan:
    """What to train and how.

    Parameters
    ----------
    shape : Shape
        The network's widths and depths.
    seed : int
        Of the weights and of every window.
    small_batch, batches : int
        Windows that one thread takes at a time; how many of those make a step.
    learning_rate : float
        At its height; it follows a cosine down to a hundredth.
    warm_up : int
        Steps over which the learning rate rises.
    average : float
        Decay of the moving average of the weights, per step.
    shares : tuple of float
        Shares of the defect families of `shapes.FAMILIES`.
    """

    shape: Shape
    seed: int = 0
    small_batch: int = 64
    batches: int = 4
    learning_rate: float = 5e-3
    warm_up: int = 100
    average: float = 0.999
    shares: tuple[float, float, float, float] = (0.32, 0.25, 0.23, 0.2)


class Source(Protocol):
    """What a network learns from."""

    def batch(self, number: int) -> Batch:
        """Batch ``number``, counted from 0; the same number is always the same batch."""


class Learning(SmallBatches):
    """A network, its optimisers and the average of its weights.

    Parameters
    ----------
    plan : Plan
        How.
    source : Source
        Batches of the plan's size.
    pool : ThreadPoolExecutor
        Threads that work at once, see `running.threads`.
    network : ClusterNet
        What learns, of the plan's shape; changed in place.
    begun : bool
        Whether it has learned before.
    """

    def __init__(
        self,
        plan: Plan,
        source: Source,
        pool: ThreadPoolExecutor,
        network: ClusterNet,
        begun: bool,
    ) -> None:
        self.plan, self.source = plan, source
        self.network = ready(network).train()
        ties = Ties(self.network, plan.shape.symmetry)
        (ties.tie if begun else ties.begin)(self.network.parameters())
        rate = Rate(plan.learning_rate, plan.warm_up)
        learner = Learner(self.network, ("residual", "log_spread"), rate, plan.average, ties)
        super().__init__(plan.small_batch, plan.batches, pool, learner)

    def _gradients(self, number: int) -> tuple[tuple[Tensor, ...], float]:
        batch = self.source.batch(number)
        features, target, weight, aim = tensors(batch)
        # Threads share autocast's cache and empty it under each other: sums would round by chance.
        with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
            residual, log_spread = self.network(features, batch.inset.tolist())
        loss = root_mean_square(residual.float(), aim, weight)
        surprise = laplace_surprise(residual.float(), log_spread.float(), target, weight)
        gradients = torch.autograd.grad(loss + SURPRISE_SHARE * surprise, self.learner.parameters)
        return gradients, float(loss.detach())

    def averaged(self) -> ClusterNet:
        """The network with the moving average of its weights."""
        network = deepcopy(self.network)
        network.load_state_dict(self.learner.average.values)
        return ready(network).eval()


def tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features, target, weight and aim as (N, channels, rows, cols) views."""
    parts = (batch.features, batch.target, batch.weight, batch.aim)
    features, target, weight, aim = (torch.from_numpy(part).permute(0, 3, 1, 2) for part in parts)
    return features, target, weight, aim
