"""What the variational autoencoder makes small."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def reconstruction(logits: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy, summed over a mask's pixels, averaged over masks (N, 1, h, w)."""
    each = functional.binary_cross_entropy_with_logits(logits, masks, reduction="none")
    return each.sum((1, 2, 3)).mean()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence to the standard normal law, summed over the latent space, averaged."""
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
