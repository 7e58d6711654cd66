"""The variational autoencoder: the architecture of the Keras example, here with masks of defects.

References: D. P. Kingma, M. Welling, *Auto-encoding variational Bayes*, ICLR 2014; F. Chollet,
*Variational AutoEncoder*, keras.io/examples/generative/vae, 2020; G. Malyshev et al., *Using a
variational autoencoder in the task of overlaying multiple images*, GraphiCon 2021.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 28
"""Masks are SIDE×SIDE."""

_QUARTER = SIDE // 4


class ShapeVae(nn.Module):
    """Encoder and decoder.

    Parameters
    ----------
    latent : int
        Dimension of the latent space; 2 in the paper.
    """

    def __init__(self, latent: int = 2) -> None:
        super().__init__()
        self.latent = latent
        self.narrow = nn.Conv2d(1, 32, 3, stride=2)
        self.narrower = nn.Conv2d(32, 64, 3, stride=2)
        self.gather = nn.Linear(64 * _QUARTER**2, 16)
        self.mean = nn.Linear(16, latent)
        self.log_variance = nn.Linear(16, latent)
        self.spread = nn.Linear(latent, 64 * _QUARTER**2)
        self.wide = nn.ConvTranspose2d(64, 64, 3, stride=2)
        self.wider = nn.ConvTranspose2d(64, 32, 3, stride=2)
        self.draw = nn.ConvTranspose2d(32, 1, 3, padding=1)
        for layer in self.children():
            nn.init.xavier_uniform_(cast(Tensor, layer.weight))
            nn.init.zeros_(cast(Tensor, layer.bias))

    def encode(self, masks: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (N, latent) of the latent vectors of masks (N, 1, SIDE, SIDE)."""
        x = functional.relu(self.narrow(functional.pad(masks, (0, 1, 0, 1))))
        x = functional.relu(self.narrower(functional.pad(x, (0, 1, 0, 1))))
        x = functional.relu(self.gather(x.flatten(1)))
        return self.mean(x), self.log_variance(x)

    def logits(self, latent: Tensor) -> Tensor:
        """Logits (N, 1, SIDE, SIDE) of the masks of latent vectors (N, latent)."""
        x = functional.relu(self.spread(latent)).reshape(-1, 64, _QUARTER, _QUARTER)
        # A stride of 2 gives one row and column more than twice as many; Keras cuts off the last.
        x = functional.relu(self.wide(x)[..., :-1, :-1])
        x = functional.relu(self.wider(x)[..., :-1, :-1])
        return cast(Tensor, self.draw(x))

    def decode(self, latent: Tensor) -> Tensor:
        """Masks (N, 1, SIDE, SIDE), 0 to 1, of latent vectors (N, latent)."""
        return torch.sigmoid(self.logits(latent))
