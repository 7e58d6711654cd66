"""Moving average of a network's weights: what is judged and shipped. Young averages move faster.

Reference: B. T. Polyak, A. B. Juditsky, *Acceleration of stochastic approximation by averaging*, 1992.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Average:
    """Follows a network.

    Parameters
    ----------
    network : nn.Module
        Whose floating-point state is averaged; whole numbers are copied.
    decay : float
        Share of the average that a step keeps, below 1.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Move towards the network after the step of this number, counted from 1."""
        keep = min(self.decay, 1 - 1 / (0.1 * step + 1))
        now = network.state_dict()
        moving = [name for name, value in self.values.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.values[k] for k in moving], [now[k] for k in moving], 1 - keep)
        for name in self.values.keys() - moving:
            self.values[name].copy_(now[name])

    def restore(self, values: dict[str, Tensor]) -> None:
        """Go on from saved values."""
        self.values = {name: value.clone() for name, value in values.items()}
