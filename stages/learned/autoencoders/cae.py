"""CAE: a convolutional autoencoder that pools, and unpools to where the maxima were.

Convolutions of 64 features 5×5, 32 features 3×3 and 16 features 3×3, each followed by a 2×2 maximum; the
mirror puts each value back to the place of its maximum (zero elsewhere) and convolves transposed.
Reference: J. Masci, U. Meier, D. Cireşan, J. Schmidhuber, *Stacked convolutional auto-encoders for
hierarchical feature extraction*, ICANN 2011; unpooling by indices: M. D. Zeiler, R. Fergus, *Visualizing
and understanding convolutional networks*, ECCV 2014.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from stages.learned.autoencoders.sizes import AeSize

LAYERS = ((64, 5), (32, 3), (16, 3))
"""Features and side of each convolution."""


class Cae(nn.Module):
    """The pooling autoencoder.

    Parameters
    ----------
    size : AeSize
        Channels of the pictures: 3 of RGB, 4 of a packed Bayer mosaic.
    """

    size_type = AeSize

    def __init__(self, size: AeSize) -> None:
        super().__init__()
        self.size = size
        widths = (size.channels, *(features for features, _ in LAYERS))
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for before, (after, side) in zip(widths, LAYERS, strict=False):
            self.down.append(nn.Conv2d(before, after, side, padding=side // 2))
            self.up.insert(0, nn.ConvTranspose2d(after, before, side, padding=side // 2))

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct pictures (N, channels, h, w); h and w are multiples of 8."""
        places = []
        for convolution in self.down:
            x, where = pooled(functional.relu(convolution(x)))
            places.append(where)
        for number, convolution in enumerate(self.up):
            x = cast(Tensor, convolution(unpooled(x, places.pop())))
            if number < len(self.up) - 1:
                x = functional.relu(x)
        return x

    def losses(self, x: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Terms of the loss, to be added: the mean squared error."""
        return {"l2": functional.mse_loss(self(x).float(), target)}


def pooled(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maxima of 2×2 blocks and their places: (N, C, h, w) to two tensors (N, C, h/2, w/2)."""
    values, where = functional.max_pool2d(x, 2, return_indices=True)
    return values, where


def unpooled(x: Tensor, where: Tensor) -> Tensor:
    """Values back at the places of their maxima, zero elsewhere: (N, C, h, w) to (N, C, 2h, 2w)."""
    return functional.max_unpool2d(x, where, [2, 2])
