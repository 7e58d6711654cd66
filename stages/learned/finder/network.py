"""The finder: a small U-Net that says of each pixel of a mosaic how likely it is defective.

Pixels are looked at one by one first (packed, 2×2 raw pixels are one position), then with their company
at a quarter and an eighth of the raw resolution, then one by one again in the light of it.
Reference: O. Ronneberger, P. Fischer, T. Brox, *U-Net*, MICCAI 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.learned.clusternet.network import Block
from stages.learned.finder.views import CHANNELS
from stages.learned.training.symmetry import BLOCKS, INSIDE, SITES, Kind

FINE, MIDDLE, COARSE = 48, 64, 64

REACH_PX = 72
"""Raw pixels beyond which nothing changes what is said of a pixel; a multiple of `views.ALIGN`."""

KINDS = {
    "stem0": Kind(INSIDE, SITES),
    "down": Kind(INSIDE, BLOCKS),
    "up": Kind(BLOCKS, INSIDE),
    "logit": Kind(SITES, INSIDE),
    "": Kind(INSIDE, INSIDE),
}
"""What the channels of layers are, by the beginnings of their names; see `training.symmetry`."""

RARE = -5.0
"""Logit of a defect before anything is learned."""


class FinderNet(nn.Module):
    """Logits of defects on a packed mosaic of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem0 = nn.Conv2d(CHANNELS, FINE, 3, padding=1)
        self.encoder0 = Block(FINE)
        self.down1 = nn.Conv2d(4 * FINE, MIDDLE, 1)
        self.encoder1 = Block(MIDDLE)
        self.down2 = nn.Conv2d(4 * MIDDLE, COARSE, 1)
        self.bottom = nn.Sequential(Block(COARSE), Block(COARSE))
        self.up1 = nn.Conv2d(COARSE, 4 * MIDDLE, 1)
        self.decoder1 = Block(MIDDLE)
        self.up0 = nn.Conv2d(MIDDLE, 4 * FINE, 1)
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
        fine = functional.relu(self.encoder0(self.stem0(x)))
        middle = functional.relu(self.down1(functional.pixel_unshuffle(fine, 2)))
        middle = self.encoder1(middle)
        coarse = functional.relu(self.down2(functional.pixel_unshuffle(middle, 2)))
        middle = middle + functional.pixel_shuffle(self.up1(self.bottom(coarse)), 2)
        middle = functional.relu(self.decoder1(middle))
        fine = functional.relu(fine + functional.pixel_shuffle(self.up0(middle), 2))
        logits: Tensor = self.logit(functional.relu(self.decoder0(fine)))
        return logits
