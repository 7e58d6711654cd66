"""The finder: a small U-Net that says of each pixel of a mosaic how likely it is defective.

Most of the work is done at a quarter of the raw resolution (4×4 raw pixels are one position); the last
layers bring the pixels back. Reference: O. Ronneberger, P. Fischer, T. Brox, *U-Net*, MICCAI 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.learned.clusternet.network import Block
from stages.learned.finder.views import CHANNELS

FINE, MIDDLE, COARSE = 24, 48, 64

REACH_PX = 64
"""Raw pixels beyond which nothing changes what is said of a pixel; a multiple of `views.ALIGN`."""

RARE = -5.0
"""Logit of a defect before anything is learned."""


class FinderNet(nn.Module):
    """Logits of defects on a packed mosaic of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem1 = nn.Conv2d(4 * CHANNELS, MIDDLE, 3, padding=1)
        self.encoder1 = Block(MIDDLE)
        self.down2 = nn.Conv2d(4 * MIDDLE, COARSE, 1)
        self.bottom = Block(COARSE)
        self.up1 = nn.Conv2d(COARSE, 4 * MIDDLE, 1)
        self.decoder1 = Block(MIDDLE)
        self.up0 = nn.Conv2d(MIDDLE, 4 * FINE, 1)
        self.stem0 = nn.Conv2d(CHANNELS, FINE, 3, padding=1)
        self.decoder0 = Block(FINE)
        self.logit = nn.Conv2d(FINE, 4, 3, padding=1)
        with torch.no_grad():
            self.logit.weight.mul_(0.1)
            self.logit.bias.fill_(RARE)  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch.

        Parameters
        ----------
        x : tensor (N, CHANNELS, H, W)
            See `views.pack`; H and W are multiples of 4.

        Returns
        -------
        tensor (N, 4, H, W)
            Logarithm of the odds that each site is defective.
        """
        middle = self.encoder1(functional.relu(self.stem1(functional.pixel_unshuffle(x, 2))))
        coarse = functional.relu(self.down2(functional.pixel_unshuffle(middle, 2)))
        middle = middle + functional.pixel_shuffle(self.up1(self.bottom(coarse)), 2)
        middle = functional.relu(self.decoder1(middle))
        fine = functional.relu(self.stem0(x) + functional.pixel_shuffle(self.up0(middle), 2))
        logits: Tensor = self.logit(functional.relu(self.decoder0(fine)))
        return logits
