"""The inpainting transformer: a window of patches in, its hidden patches out.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022
(arXiv:2104.13897).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from stages.learned.inpainting_transformer.attention import FeatureAttention
from stages.learned.inpainting_transformer.shape import Shape

_EMBEDDING_SPREAD = 0.02


def patches_of(windows: Tensor, patch: int) -> Tensor:
    """Cut (N, C, L·K, L·K) into the values of L² patches, (N, L², C·K²)."""
    number, channels, length, _ = windows.shape
    count = length // patch
    parts = windows.reshape(number, channels, count, patch, count, patch)
    return parts.permute(0, 2, 4, 1, 3, 5).reshape(number, count**2, channels * patch**2)


def windows_of(patches: Tensor, patch: int) -> Tensor:
    """The inverse of `patches_of`."""
    number, tokens, pixels = patches.shape
    count, channels = round(tokens**0.5), pixels // patch**2
    parts = patches.reshape(number, count, count, channels, patch, patch)
    return parts.permute(0, 3, 1, 4, 2, 5).reshape(number, channels, count * patch, count * patch)


class Block(nn.Module):
    """Feature attention and an MLP, each after a layer norm and added to what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.attention_norm = nn.LayerNorm(width)
        self.attention = FeatureAttention(width, shape.heads)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, shape.expansion * width),
            nn.GELU(),
            nn.Linear(shape.expansion * width, width),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (N, T, D) to the same."""
        tokens = tokens + self.attention(self.attention_norm(tokens))
        return tokens + cast(Tensor, self.mlp(self.mlp_norm(tokens)))


class InpaintingTransformer(nn.Module):
    """Predicts hidden patches of windows.

    Parameters
    ----------
    shape : Shape
        Sizes and variants.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        pixels = shape.channels * shape.patch**2
        self.embed = nn.Linear(pixels * (2 if shape.told else 1), shape.width)
        self.hidden = nn.Parameter(_EMBEDDING_SPREAD * torch.randn(shape.width))
        self.position = nn.Parameter(_EMBEDDING_SPREAD * torch.randn(shape.positions, shape.width))
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.norm = nn.LayerNorm(shape.width)
        self.patch = nn.Linear(shape.width, pixels)
        self.log_spread = nn.Linear(shape.width, pixels) if shape.told else None
        if shape.told:
            nn.init.zeros_(self.patch.weight)
            nn.init.zeros_(self.patch.bias)

    def forward(
        self, values: Tensor, known: Tensor, wanted: Tensor, index: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Predict patches.

        Parameters
        ----------
        values : tensor (N, C, L·K, L·K)
            Codes, filled where they are unknown.
        known : tensor of the same shape
            1 where a value is known, else 0; looked at by a network that is told.
        wanted : int tensor (N, H)
            Patches to predict, by their place in the window; all are hidden (H = 1 for the readout
            ``mean``).
        index : int tensor (N, L²), optional
            Global positions of the window's patches in the image, row by row.

        Returns
        -------
        values, log_spread : tensors (N, H, C·K²)
            The patch, or what is missing from the fill; and the logarithm of its expected absolute
            error (None unless the network is told).
        """
        tokens = self._embedded(values, known, wanted)
        tokens = tokens + (self.position if index is None else self.position[index])
        tokens = self.norm(self._through(tokens))
        if self.shape.readout == "mean":
            read = tokens.mean(1, keepdim=True)
        else:
            read = tokens.gather(1, wanted[..., None].expand(-1, -1, tokens.shape[-1]))
        spread = None if self.log_spread is None else self.log_spread(read.detach())
        return self.patch(read), spread

    def _embedded(self, values: Tensor, known: Tensor, wanted: Tensor) -> Tensor:
        patches = patches_of(values, self.shape.patch)
        if self.shape.told:
            seen = patches_of(known, self.shape.patch)
            unknown = 1 - seen.mean(-1, keepdim=True)
            tokens = self.embed(torch.cat([patches, seen], dim=-1))
            return cast(Tensor, tokens + unknown * self.hidden)
        tokens = self.embed(patches)
        place = wanted[..., None].expand(-1, -1, tokens.shape[-1])
        return cast(Tensor, tokens.scatter(1, place, self.hidden.to(tokens.dtype).expand_as(place)))

    def _through(self, tokens: Tensor) -> Tensor:
        """All blocks, the later half with the results of the earlier half where there are skips."""
        kept: list[Tensor] = []
        half = len(self.blocks) // 2
        for number, block in enumerate(self.blocks):
            if self.shape.skips and number >= len(self.blocks) - half:
                tokens = tokens + kept[len(self.blocks) - 1 - number]
            tokens = block(tokens)
            kept.append(tokens)
        return tokens
