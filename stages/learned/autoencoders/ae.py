"""AE: a shallow autoencoder of strided convolutions.

Reference: the shallow autoencoder that industrial defect detection on repeating patterns is compared
with: three 4×4 convolutions of stride 2 (64, 128, 256 features), mirrored, without biases, L2 loss;
1.32 million weights at three channels. Training by reconstruction: G. E. Hinton, R. R. Salakhutdinov,
*Reducing the dimensionality of data with neural networks*, Science 313 (2006).
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from stages.learned.autoencoders.sizes import AeSize

WIDTHS = (64, 128, 256)


def _down(before: int, after: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(after), nn.ReLU()


def _up(before: int, after: int) -> tuple[nn.Module, ...]:
    convolution = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(after), nn.ReLU()


def encoder(channels: int) -> nn.Sequential:
    """(N, channels, h, w) to (N, 256, h/8, w/8), not negative."""
    first, second, third = WIDTHS
    return nn.Sequential(*_down(channels, first), *_down(first, second), *_down(second, third))


def decoder(channels: int) -> nn.Sequential:
    """(N, 256, h/8, w/8) to (N, channels, h, w), the encoder's mirror."""
    first, second, third = WIDTHS
    last = nn.ConvTranspose2d(first, channels, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(*_up(third, second), *_up(second, first), last)


class Ae(nn.Module):
    """The autoencoder.

    Parameters
    ----------
    size : AeSize
        Channels of the pictures: 3 of RGB, 4 of a packed Bayer mosaic.
    """

    size_type = AeSize

    def __init__(self, size: AeSize) -> None:
        super().__init__()
        self.size = size
        self.encoder = encoder(size.channels)
        self.decoder = decoder(size.channels)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct pictures (N, channels, h, w); h and w are multiples of 8."""
        return cast(Tensor, self.decoder(self.encoder(x)))

    def losses(self, x: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Terms of the loss, to be added: the mean squared error."""
        return {"l2": functional.mse_loss(self(x).float(), target)}
