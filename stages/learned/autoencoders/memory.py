"""A memory of normal patterns: what is read from it is made of them alone.

Reference: D. Gong, L. Liu, V. Le, B. Saha, M. R. Mansour, S. Venkatesh, A. van den Hengel, *Memorizing
normality to detect anomaly: memory-augmented deep autoencoder for unsupervised anomaly detection*, ICCV
2019: cosine addressing (their eq. 4 and 5), hard shrinkage (eq. 6 and 7), entropy loss (eq. 9).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

TINY = 1e-12
LEAST_LENGTH = 1e-4
"""A latent vector shorter than this has no direction to speak of: its similarities fade."""


def shrunk(weights: Tensor, threshold: float) -> Tensor:
    """Weights of at most ``threshold`` to 0, the others back to a sum of 1 along the last axis.

    Written as max(w − t, 0)·w / (|w − t| + ε), which lets gradients pass. Where no weight is above the
    threshold all of them stay as they are: a read of nothing would be a pattern that nobody stored.

    Parameters
    ----------
    weights : tensor (..., N)
        Not negative, of sum 1.
    threshold : float
        From 0; the reference advises 1/N to 3/N.
    """
    above = functional.relu(weights - threshold)
    kept = above * weights / ((weights - threshold).abs() + TINY)
    total = kept.sum(-1, keepdim=True)
    return torch.where(total > TINY, kept / total.clamp_min(TINY), weights)


def entropy(weights: Tensor) -> Tensor:
    """Mean over the reads of −Σ w·log w along the last axis, in nats; a scalar."""
    return -(weights * (weights + TINY).log()).sum(-1).mean()


class Memory(nn.Module):
    """Patterns that each latent vector is replaced by a combination of.

    Parameters
    ----------
    items, width : int
        Number of patterns and their length.
    shrink : float
        Threshold of the hard shrinkage in units of 1/items.
    sharpness : float
        Factor on the cosine similarities before the softmax; 1 in the reference, where a thousand
        patterns then differ in weight by e² at the most.
    """

    def __init__(self, items: int, width: int, shrink: float, sharpness: float) -> None:
        super().__init__()
        self.threshold = shrink / items
        self.sharpness = sharpness
        self.patterns = nn.Parameter(torch.empty(items, width))
        bound = 1.0 / math.sqrt(width)
        nn.init.uniform_(self.patterns, -bound, bound)

    def weights(self, z: Tensor) -> Tensor:
        """Addressing weights (M, items) of latent vectors (M, width): softmax of cosines, shrunk."""
        direction = functional.normalize(z, dim=-1, eps=LEAST_LENGTH)
        similarity = direction @ functional.normalize(self.patterns, dim=-1).T
        return shrunk(torch.softmax(self.sharpness * similarity.float(), -1), self.threshold)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Read at every place of a latent picture.

        Parameters
        ----------
        z : tensor (N, width, h, w)
            What the encoder says.

        Returns
        -------
        (tensor (N, width, h, w), scalar tensor)
            What the memory says instead, and the entropy of the addressing.
        """
        count, width, rows, cols = z.shape
        weights = self.weights(z.permute(0, 2, 3, 1).reshape(-1, width))
        read = weights.to(z.dtype) @ self.patterns.to(z.dtype)
        return read.view(count, rows, cols, width).permute(0, 3, 1, 2), entropy(weights)
