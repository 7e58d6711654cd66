"""What the autoencoders are asked: the detail of a picture about its local mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.learned.autoencoders.ae import Ae
from stages.learned.autoencoders.cae import Cae
from stages.learned.autoencoders.memae import MemAe
from stages.learned.autoencoders.sizes import STEP

REACH = 8
"""Pixels of the network on each side that the local mean is taken over."""

SURROUNDINGS = 48
"""Pixels of the network round a tile, from which on its middle does not depend on the tile."""

NETWORKS: dict[str, type[Ae] | type[MemAe] | type[Cae]] = {"ae": Ae, "memae": MemAe, "cae": Cae}

Autoencoder = Ae | MemAe | Cae


def local_mean(codes: Tensor) -> Tensor:
    """Mean of each plane over a square of side 2·`REACH` + 1, cut at the border; of the input's shape."""
    side = 2 * REACH + 1
    return functional.avg_pool2d(codes, side, 1, REACH, count_include_pad=False)


class Reconstructor(nn.Module):
    """An autoencoder on detail: exposure and colour stay out of what has to be learned.

    Once `settle` was called a flat field is reconstructed as it is: what the network answers to no
    detail at all is taken off.

    Parameters
    ----------
    network : Ae, MemAe or Cae
        On pictures of any number of channels.
    """

    rest: Tensor

    def __init__(self, network: Autoencoder) -> None:
        super().__init__()
        self.network = network
        self.register_buffer(
            "rest", torch.zeros(1, network.size.channels, STEP, STEP), persistent=False
        )

    @torch.no_grad()
    def settle(self) -> None:
        """Remember the answer to no detail; it repeats with the strides of the network."""
        channels, middle = self.network.size.channels, slice(8 * STEP, 9 * STEP)
        nothing = torch.zeros(1, channels, 17 * STEP, 17 * STEP)
        self.rest = self.network.eval()(nothing)[:, :, middle, middle].clone()

    def forward(self, codes: Tensor) -> Tensor:
        """Reconstruct pictures (N, channels, h, w) of codes; h and w are multiples of `STEP`."""
        mean = local_mean(codes)
        rest = self.rest.repeat(1, 1, codes.shape[2] // STEP, codes.shape[3] // STEP)
        made: Tensor = self.network((codes - mean).contiguous())
        return mean + made.float() - rest

    def losses(self, seen: Tensor, clean: Tensor) -> dict[str, Tensor]:
        """Terms of the loss, to be added, for pictures as they are seen and without noise."""
        mean = local_mean(seen)
        return self.network.losses(seen - mean, clean - mean)
