"""A generator's first weights that nearly return what the network is given.

Levels are not negative, so that ReLU lets them pass: what is left to learn is the repair. The idea is
that of residual learning (K. He et al., CVPR 2016), put into the weights in place of the architecture.
"""

from __future__ import annotations

import torch

from stages.learned.defectgan.network import Generator

SMALL = 0.02
"""What all is scaled by that would disturb the copy."""


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
