"""The generator: a small U-Net that takes a damaged picture and returns the whole picture.

Reference: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis (the "Defect Generator"); the shape is after O. Ronneberger et al.,
*U-Net*, MICCAI 2015, with the additive skips of K. He et al., *Deep residual learning*, CVPR 2016;
spectral normalisation: T. Miyato et al., ICLR 2018.

Given by the thesis: about nine convolution layers, each of which halves or doubles the side, no pooling
and no upsampling layers, 512 feature maps at the deepest, ReLU after every layer and after the output,
skips between the first three encoder and decoder blocks that are added to what the decoder's activation
returns, spectral normalisation and dropout, 5.78 million weights.

Chosen here, where it says nothing: 4×4 kernels of stride 2 (as in pix2pix, from which it started) and
widths 64, 128, 256, 512; these eight layers have 5.51 million weights. With a 1×1 convolution between the
512 maps at the bottom as the ninth there are 5 775 235, which is the stated 5.78 million and 22.1 MB.
What that layer returns are the latent features. Dropout acts on them and on the first decoder block.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

WIDTHS = (64, 128, 256, 512)
MULTIPLE = 2 ** len(WIDTHS)
"""Heights and widths that the generator takes are multiples of this."""

Output = Literal["relu", "tanh", "none"]
Normalisation = Literal["spectral", "batch", "none"]
Layer = nn.Conv2d | nn.ConvTranspose2d


class Features(NamedTuple):
    """What the encoder returns.

    Parameters
    ----------
    latent : tensor (N, 512, H/16, W/16)
        Features at the bottom, which the latent loss compares.
    skips : tuple of tensors
        Results of the first three encoder blocks: 64 maps at H/2, 128 at H/4, 256 at H/8.
    """

    latent: Tensor
    skips: tuple[Tensor, Tensor, Tensor]


class Generator(nn.Module):
    """Damaged picture to repaired picture, without being told where the damage is.

    Parameters
    ----------
    channels : int
        3 for RGB, 4 for a packed mosaic (R, G of the red rows, G of the blue rows, B).
    output : {"relu", "tanh", "none"}
        Last activation. Tanh is brought from -1 … 1 to 0 … 1.
    dropout : float
        Chance of a feature to be dropped while training.
    normalisation : {"spectral", "batch", "none"}
        Of every layer (batch: all but the last one) while training; weights are shipped without.
    """

    def __init__(
        self,
        channels: int,
        output: Output = "relu",
        dropout: float = 0.0,
        normalisation: Normalisation = "none",
    ) -> None:
        super().__init__()
        self.channels, self.output, self.normalisation = channels, output, normalisation
        steps = list(zip((channels, *WIDTHS), WIDTHS, strict=False))
        down = (nn.Conv2d(a, b, 4, 2, 1) for a, b in steps)
        up = (nn.ConvTranspose2d(b, a, 4, 2, 1) for a, b in reversed(steps))
        self.encoder = nn.ModuleList(_prepared(layer, normalisation) for layer in down)
        self.bottom = _prepared(nn.Conv2d(WIDTHS[-1], WIDTHS[-1], 1), normalisation)
        self.decoder = nn.ModuleList(_prepared(layer, normalisation) for layer in up)
        widths = (*WIDTHS, WIDTHS[-1], *WIDTHS[-2::-1]) if normalisation == "batch" else ()
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Repair pictures.

        Parameters
        ----------
        x : tensor (N, channels, H, W)
            sRGB-encoded levels, 0 to 1; H and W are multiples of `MULTIPLE`.

        Returns
        -------
        tensor (N, channels, H, W)
            Levels on the same scale, not clipped above.
        """
        return self.decode(self.encode(x))

    def encode(self, x: Tensor) -> Features:
        """Pictures (N, channels, H, W) to their features."""
        kept = []
        for index, layer in enumerate(self.encoder):
            x = self._activated(layer(x), index)
            kept.append(x)
        latent = self.dropout(self._activated(self.bottom(x), len(WIDTHS)))
        return Features(latent, (kept[0], kept[1], kept[2]))

    def decode(self, features: Features) -> Tensor:
        """Features to pictures (N, channels, H, W)."""
        x = features.latent
        for index, skip in enumerate(reversed(features.skips)):
            x = self._activated(self.decoder[index](x), len(WIDTHS) + 1 + index)
            x = (self.dropout(x) if index == 0 else x) + skip
        x = self.decoder[-1](x)
        if self.output == "relu":
            return functional.relu(x)
        return 0.5 * (torch.tanh(x) + 1.0) if self.output == "tanh" else x

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All convolutions in the order that data go through them."""
        return tuple(cast(Layer, one) for one in (*self.encoder, self.bottom, *self.decoder))

    def _activated(self, x: Tensor, index: int) -> Tensor:
        return functional.relu(self.norms[index](x) if self.norms else x)


def _prepared(layer: Layer, normalisation: Normalisation) -> nn.Module:
    """A layer with Kaiming's initial weights, spectrally normalised if that is asked for.

    A transposed convolution of stride 2 sums a quarter of its kernel at each place, so that its fan-in
    is counted over a quarter of the kernel.
    """
    rows, cols = layer.kernel_size[0], layer.kernel_size[1]
    share = 4 if isinstance(layer, nn.ConvTranspose2d) else 1
    fan_in = layer.in_channels * rows * cols / share
    nn.init.normal_(layer.weight, std=(2.0 / fan_in) ** 0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return spectral_norm(layer) if normalisation == "spectral" else layer


def ready(network: Generator) -> Generator:
    """The network with its weights laid out as CPUs and GPUs convolve fastest: channels last."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
