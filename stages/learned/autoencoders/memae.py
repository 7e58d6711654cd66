"""MemAE: the autoencoder of `ae` with a memory of normal patterns between encoder and decoder.

Reference: D. Gong et al., *Memorizing normality to detect anomaly*, ICCV 2019; encoder and decoder are
those of `stages.learned.autoencoders.ae`.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from stages.learned.autoencoders.ae import WIDTHS, decoder, encoder
from stages.learned.autoencoders.memory import Memory
from stages.learned.autoencoders.sizes import MemAeSize

SHRINK = 1.0
"""Weights of at most the mean weight, 1/items, are dropped: the lower end of what is advised."""

SHARPNESS = 16.0
"""See `Memory`; 1 would mix nearly all patterns into every read."""

ENTROPY_SHARE = 2e-4
"""Weight of the entropy in the loss, as in the reference."""


class MemAe(nn.Module):
    """The autoencoder with a memory.

    Parameters
    ----------
    size : MemAeSize
        Channels of the pictures and patterns of the memory.
    """

    size_type = MemAeSize

    def __init__(self, size: MemAeSize) -> None:
        super().__init__()
        self.size = size
        self.encoder = encoder(size.channels)
        self.memory = Memory(size.items, WIDTHS[-1], SHRINK, SHARPNESS)
        self.decoder = decoder(size.channels)

    def _read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        read, spread_out = self.memory(self.encoder(x))
        return cast(Tensor, self.decoder(read)), spread_out

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct pictures (N, channels, h, w); h and w are multiples of 8."""
        return self._read(x)[0]

    def losses(self, x: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Terms of the loss, to be added: the mean squared error, and the entropy at its share."""
        picture, spread_out = self._read(x)
        return {
            "l2": functional.mse_loss(picture.float(), target),
            "entropy": ENTROPY_SHARE * spread_out,
        }
