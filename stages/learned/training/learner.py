"""A network that learns by Muon and AdamW together, and the average of its weights that is shipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stages.learned.tied.symmetry import Ties
from stages.learned.training.average import Average
from stages.learned.training.muon import Muon
from stages.learned.training.optimisers import optimiser_tensors, part, restore_optimiser


@dataclass(frozen=True)
class Rate:
    """How far a step goes.

    Parameters
    ----------
    height : float
        Learning rate at its height; it follows a cosine down to a hundredth.
    warm_up : int
        Steps over which it rises.
    """

    height: float
    warm_up: int

    def at(self, number: int, fraction: float) -> float:
        """Of step ``number``, counted from 0, when ``fraction`` of the budget is used up."""
        rising = self.height * min(1.0, (number + 1) / self.warm_up)
        return rising * (0.5 * (1 + math.cos(math.pi * fraction)) + 0.01)


class Learner:
    """Convolutions between hidden layers learn by Muon, all else by AdamW.

    Parameters
    ----------
    network : nn.Module
        To be trained.
    outputs : tuple of str
        Beginnings of the names of its last layers.
    rate : Rate
        See there.
    average : float
        Decay of the moving average of the weights, per step.
    ties : Ties
        Weights that are one and stay so.
    """

    def __init__(
        self,
        network: nn.Module,
        outputs: tuple[str, ...],
        rate: Rate,
        average: float,
        ties: Ties,
    ) -> None:
        self.network, self.rate, self.ties = network, rate, ties
        self.parameters = list(network.parameters())
        self.average = Average(network, average)
        named = list(network.named_parameters())
        hidden = [p for n, p in named if p.ndim == 4 and not n.startswith(outputs)]
        rest = [p for n, p in named if p.ndim != 4 or n.startswith(outputs)]
        self.muon = Muon(hidden, lr=rate.height)
        self.adam = torch.optim.AdamW(rest, lr=rate.height, betas=(0.9, 0.99), weight_decay=0.0)

    def step(self, number: int, fraction: float, parts: Sequence[Sequence[Tensor]]) -> None:
        """Take a step along the mean of the parts' gradients, added in their order."""
        rate = self.rate.at(number, fraction)
        for optimiser in (self.muon, self.adam):
            for group in optimiser.param_groups:
                group["lr"] = rate
        means = [
            torch.stack(gradients).sum(0) / len(parts) for gradients in zip(*parts, strict=True)
        ]
        self.ties.tie(means)
        for parameter, mean in zip(self.parameters, means, strict=True):
            parameter.grad = mean
        self.muon.step()
        self.adam.step()
        self.ties.tie(self.parameters)  # rounding must not pull them apart
        self.average.follow(self.network, number + 1)

    def state(self) -> dict[str, Tensor]:
        """Weights, their average, and what the optimisers remember."""
        return {
            **{f"network.{k}": v for k, v in self.network.state_dict().items()},
            **{f"average.{k}": v for k, v in self.average.values.items()},
            **optimiser_tensors("muon", self.muon),
            **optimiser_tensors("adam", self.adam),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        self.network.load_state_dict(part(state, "network."))
        self.average.restore(part(state, "average."))
        restore_optimiser("muon", self.muon, state)
        restore_optimiser("adam", self.adam, state)
