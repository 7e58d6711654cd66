"""A generator's first weights: nearly a copy of what the network is given, or those of another one.

Levels are not negative, so that ReLU lets a copy pass: what is left to learn is the repair. The idea is
that of residual learning (K. He et al., CVPR 2016), put into the weights in place of the architecture.
"""

from __future__ import annotations

import torch
from torch.nn.utils.parametrize import is_parametrized

from stages.learned.defectgan.network import Generator

SMALL = 0.02
"""What all is scaled by that would disturb the copy."""

SETTLING = 50
"""Iterations after which the spectral norms of weights that were put in are known well enough."""


@torch.no_grad()
def start_as_copy(network: Generator) -> None:
    """Make a fresh network, without normalisation, nearly a copy.

    Every pixel has a map of the first block to itself, from which the first skip and the last layer
    bring it back; what the other maps and the deeper blocks add to that begins small.
    """
    first, above, last = (network.layers[index] for index in (0, -2, -1))
    own = 4 * network.channels
    first.weight[:own] = 0.0
    above.weight[:, :own] *= SMALL
    last.weight[:own] = 0.0
    last.weight[own:] *= SMALL
    for carrier in range(own):
        channel, row, col = carrier // 4, carrier // 2 % 2, carrier % 2
        first.weight[carrier, channel, 1 + row, 1 + col] = 1.0
        last.weight[carrier, channel, 1 + row, 1 + col] = 1.0


@torch.no_grad()
def put_weights(source: Generator, target: Generator) -> None:
    """Give a generator's plain weights to another of any normalisation."""
    for theirs, mine in zip(source.layers, target.layers, strict=True):
        normed = is_parametrized(mine)
        mine.get_parameter("parametrizations.weight.original" if normed else "weight").copy_(
            theirs.weight
        )
        for _ in range(SETTLING if normed else 0):
            _ = mine.weight  # moves the estimate of the spectral norm on
        if mine.bias is not None and theirs.bias is not None:
            mine.bias.copy_(theirs.bias)
