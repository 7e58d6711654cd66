"""The critics: one opinion per pixel, or one per picture.

Reference: A. G. Vestengen's thesis, after the pixel discriminator of P. Isola et al., *Image-to-image
translation with conditional adversarial networks*, CVPR 2017: 1×1 convolutions of 64 and 128 maps at
full resolution, LeakyReLU 0.2, no batch normalisation, an unbounded output. The global critic of its
ablation has one fully connected layer after them and an opinion per picture.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2
MAPS = (64, 128)


class PixelCritic(nn.Module):
    """Pictures (N, channels, H, W) to an unbounded opinion of every pixel, (N, 1, H, W).

    Parameters
    ----------
    channels : int
        Of the pictures; twice as many where the condition is laid beside them.
    spectral : bool
        Whether every layer is spectrally normalised, which bounds the Lipschitz constant.
    """

    def __init__(self, channels: int, spectral: bool = True) -> None:
        super().__init__()
        widths = (channels, *MAPS, 1)
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [_prepared(nn.Conv2d(a, b, 1), spectral), nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Judge pictures."""
        return cast(Tensor, self.layers(x))


class GlobalCritic(nn.Module):
    """Pictures (N, channels, side, side) to one unbounded opinion each, (N, 1).

    Parameters
    ----------
    channels, spectral
        As for `PixelCritic`.
    side : int
        Height and width of the pictures, which the fully connected layer fixes.
    """

    def __init__(self, channels: int, side: int, spectral: bool = True) -> None:
        super().__init__()
        self.pixels = PixelCritic(channels, spectral)
        self.whole = _prepared(nn.Linear(side * side, 1), spectral)

    def forward(self, x: Tensor) -> Tensor:
        """Judge pictures."""
        return cast(Tensor, self.whole(self.pixels(x).flatten(1)))


def _prepared(layer: nn.Conv2d | nn.Linear, spectral: bool) -> nn.Module:
    nn.init.kaiming_normal_(layer.weight, a=SLOPE)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return spectral_norm(layer) if spectral else layer


@torch.no_grad()
def settle(critic: nn.Module) -> None:
    """Move the estimates of the spectral norms on by one iteration, and hold them until the next call.

    So that several threads may ask the critic at once.
    """
    for part in critic.modules():
        if parametrize.is_parametrized(part, "weight"):
            part.train()
            _ = part.weight
    critic.eval()
