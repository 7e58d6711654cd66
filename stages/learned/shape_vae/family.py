"""A network with the few shapes that it learned, each of them a cluster of its latent space.

What the paper proposes is here: latent vectors of different clusters are added, and the sum is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from stages.learned.shape_vae.network import ShapeVae

Floats = NDArray[np.float32]

LIT = 0.5
"""Amplitude from which a pixel of a learned mask belongs to its shape."""

GRID = 8
"""Steps of the weights that are tried for a balanced sum."""


@dataclass(frozen=True, eq=False)
class Family:
    """A trained network and its shapes.

    Parameters
    ----------
    network : ShapeVae
        In evaluation mode.
    masks : float32 array (S, SIDE, SIDE)
        What it learned from.
    """

    network: ShapeVae
    masks: Floats

    @cached_property
    def clusters(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation (S, latent) of each shape's cluster."""
        with torch.inference_mode():
            mean, log_variance = self.network.encode(torch.from_numpy(self.masks)[:, None])
        return mean.numpy(), np.exp(0.5 * log_variance.numpy())

    def decoded(self, latent: Floats) -> Floats:
        """Masks (N, SIDE, SIDE) of latent vectors (N, latent)."""
        with torch.inference_mode():
            masks = self.network.decode(torch.from_numpy(np.asarray(latent, np.float32)))
        return np.asarray(masks[:, 0].numpy())

    def summed(self, parents: Sequence[int], weights: Sequence[float] | None = None) -> Floats:
        """Weighted sum (latent,) of the clusters' means; the paper's plain sum without weights."""
        factor = np.ones(len(parents)) if weights is None else np.asarray(weights)
        return np.asarray(factor @ self.clusters[0][list(parents)], np.float32)

    def shares(self, mask: Floats, threshold: float) -> Floats:
        """Share of each shape's pixels that a mask holds above a threshold, (S,)."""
        shapes = self.masks >= LIT
        return np.asarray(
            (shapes & (mask >= threshold)).sum((1, 2)) / shapes.sum((1, 2)), np.float32
        )

    def balanced(self, parents: Sequence[int], threshold: float) -> tuple[float, ...]:
        """Weights under which the sum holds most of that parent of which it holds least.

        Between two clusters the decoder changes from one shape to the other over a short way, and the
        plain sum lies on it by luck only.
        """
        return _balanced(self, tuple(parents), threshold)


@lru_cache(maxsize=256)
def _balanced(family: Family, parents: tuple[int, ...], threshold: float) -> tuple[float, ...]:
    steps = np.linspace(0, 2, GRID + 1)[1:]
    weights = np.array(list(product(steps, repeat=len(parents))))
    masks = family.decoded(weights @ family.clusters[0][list(parents)])
    shapes = family.masks[list(parents)] >= LIT
    lit = masks[:, None] >= threshold
    held = (lit & shapes).sum((2, 3)) / shapes.sum((1, 2))
    stray = (lit[:, 0] & ~shapes.any(0)).sum((1, 2)) / shapes.any(0).sum()
    return tuple(float(w) for w in weights[np.argmax(held.min(1) - 0.5 * stray)])
