"""Muon: momentum whose matrices are made orthogonal, so that every direction of a layer learns alike.

Reference: K. Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024; the
iteration is that of Newton and Schulz with their coefficients, the scale and the decay those of J. Liu
et al., *Muon is scalable for LLM training*, 2025. Under the scale a learning rate of Adam's order fits.

Steps are as long where gradients are small as where they are large, so layers that matter little are
mostly moved by chance. The decay keeps their weights from growing, which costs the layers after them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

ITERATIONS = 5
UPDATE_RMS = 0.2
DECAY = 0.1
"""Share of a weight that goes with each step, in units of the learning rate."""


def orthogonalised(matrices: Tensor) -> Tensor:
    """Each matrix of a stack (N, rows, cols) with its singular values brought near 1."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x: Tensor = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * (gram @ gram)) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Muon for the weights of hidden convolutions, taken as matrices (out, in * rows * cols)."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step; matrices of one shape are worked on together."""
        for settings in self.param_groups:
            stacks: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in settings["params"]:
                if parameter.grad is not None:
                    stacks[parameter.flatten(1).shape].append(parameter)
            for parameters in stacks.values():
                self._step_stack(parameters, settings["lr"], settings["momentum"])

    def _step_stack(self, parameters: list[nn.Parameter], lr: float, momentum: float) -> None:
        updates = []
        for parameter in parameters:
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            gradient = cast(Tensor, parameter.grad)
            state["momentum"].lerp_(gradient, 1 - momentum)
            updates.append(gradient.lerp(state["momentum"], momentum).flatten(1))
        directions = orthogonalised(torch.stack(updates))
        scale = UPDATE_RMS * max(directions.shape[1:]) ** 0.5
        for parameter, direction in zip(parameters, directions, strict=True):
            parameter.mul_(1 - DECAY * lr)
            parameter.add_(direction.reshape(parameter.shape), alpha=-lr * scale)
