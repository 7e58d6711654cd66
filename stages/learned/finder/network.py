"""The finder: a small U-Net that says of each pixel of a mosaic how likely it is defective.

Pixels are looked at one by one first (packed, 2×2 raw pixels are one position), then with their company
at a quarter and an eighth of the raw resolution, then one by one again in the light of it.
Reference: O. Ronneberger, P. Fischer, T. Brox, *U-Net*, MICCAI 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.learned.finder.views import CHANNELS
from stages.learned.tied.layers import Block, Folding, Unfolding
from stages.learned.tied.symmetry import CELLS, FEATURES, FOLDED, Kind, Symmetry

FINE, MIDDLE, COARSE = 48, 64, 64

REACH_PX = 72
"""Raw pixels beyond which nothing changes what is said of a pixel; a multiple of `views.ALIGN`."""

SYMMETRY = Symmetry(
    4,
    {
        "stem0": Kind(FEATURES, CELLS, pixels=2),
        "down": Kind(FEATURES, FOLDED),
        "up": Kind(FOLDED, FEATURES),
        "logit": Kind(CELLS, FEATURES, pixels=2),
        "": Kind(),
    },
)
"""What layers connect, by the beginnings of their names."""

RARE = -5.0
"""Logit of a defect before anything is learned."""


class FinderNet(nn.Module):
    """Logits of defects on a packed mosaic of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem0 = nn.Conv2d(CHANNELS, FINE, 3, padding=1)
        self.encoder0 = Block(FINE)
        self.down1 = Folding(FINE, MIDDLE)
        self.encoder1 = Block(MIDDLE)
        self.down2 = Folding(MIDDLE, COARSE)
        self.bottom = nn.Sequential(Block(COARSE), Block(COARSE))
        self.up1 = Unfolding(COARSE, MIDDLE)
        self.decoder1 = Block(MIDDLE)
        self.up0 = Unfolding(MIDDLE, FINE)
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
        middle = functional.relu(self.down1(fine))
        middle = self.encoder1(middle)
        coarse = functional.relu(self.down2(middle))
        middle = middle + self.up1(self.bottom(coarse))
        middle = functional.relu(self.decoder1(middle))
        fine = functional.relu(fine + self.up0(middle))
        logits: Tensor = self.logit(functional.relu(self.decoder0(fine)))
        return logits
