"""The finder: a small U-Net that says of each pixel of a mosaic how likely it is defective.

Pixels are looked at one by one first (packed, 2×2 raw pixels are one position), then with their company
at a quarter of the raw resolution, then one by one again in the light of it.
Reference: O. Ronneberger, P. Fischer, T. Brox, *U-Net*, MICCAI 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from stages.learned.finder.views import CHANNELS
from stages.learned.tied.layers import Block, Folding, Unfolding, active
from stages.learned.tied.symmetry import CELLS, FEATURES, FOLDED, Kind, Symmetry

FINE, WIDE = 48, 64

REACH_PX = 40
"""Raw pixels beyond which nothing changes what is said of a pixel; a multiple of `views.ALIGN`."""

SYMMETRY = Symmetry(
    4,
    {
        "stem": Kind(FEATURES, CELLS, pixels=2),
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
        self.stem = nn.Conv2d(CHANNELS, FINE, 3, padding=1)
        self.alone = Block(FINE)
        self.down = Folding(FINE, WIDE)
        self.company = nn.Sequential(Block(WIDE), Block(WIDE), Block(WIDE))
        self.up = Unfolding(WIDE, FINE)
        self.again = Block(FINE)
        self.logit = nn.Conv2d(FINE, 4, 3, padding=1)
        with torch.no_grad():
            self.logit.weight.mul_(0.1)
            self.logit.bias.fill_(RARE)  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch.

        Parameters
        ----------
        x : tensor (N, CHANNELS, H, W)
            See `views.pack`; H and W are even.

        Returns
        -------
        tensor (N, 4, H, W)
            Logarithm of the odds that each site is defective.
        """
        fine = active(self.alone(self.stem(x)))
        wide = active(self.company(active(self.down(fine))))
        fine = active(fine + self.up(wide))
        logits: Tensor = self.logit(active(self.again(fine)))
        return logits
