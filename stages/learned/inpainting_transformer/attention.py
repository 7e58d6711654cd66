"""Multi-head feature self-attention (MFSA): attention whose queries and keys are features of the tokens.

Patches of one picture resemble each other, so plain projections of them give nearly equal attention
everywhere; a small nonlinear network that halves the dimension first tells them apart. Reference:
J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional


def features(width: int) -> nn.Sequential:
    """The network D → 2D → D/2 that queries and keys go through."""
    return nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width // 2))


class FeatureAttention(nn.Module):
    """Attention with nonlinear queries and keys of half the width.

    Parameters
    ----------
    width : int
        Dimension D of the tokens.
    heads : int
        A divisor of D/2.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = features(width)
        self.key = features(width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (N, T, D) to the same."""
        query, key, value = (
            part(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return cast(Tensor, self.out(mixed.transpose(1, 2).flatten(2)))
