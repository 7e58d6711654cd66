"""What the networks strive for: adversarial, global, local and latent losses, each a mean.

References: WGAN: M. Arjovsky et al., ICML 2017, its critic bounded by spectral normalisation (T. Miyato
et al., ICLR 2018) as in A. G. Vestengen's thesis; cGAN with the generator's other objective, log D(G(x)):
I. Goodfellow et al., NeurIPS 2014, P. Isola et al., CVPR 2017; local and latent losses: the thesis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor
from torch.nn import functional

Distance = Literal["l1", "l2"]
Adversarial = Literal["wgan", "cgan"]


def wgan_critic(real: Tensor, made: Tensor) -> Tensor:
    """What a Wasserstein critic lowers: its opinion of what was made, less that of what is real."""
    return made.mean() - real.mean()


def wgan_generator(made: Tensor) -> Tensor:
    """What a generator lowers against a Wasserstein critic."""
    return -made.mean()


def cgan_critic(real: Tensor, made: Tensor) -> Tensor:
    """Cross entropy of a classifier's logits: real pictures are 1, made ones 0."""
    return functional.softplus(-real).mean() + functional.softplus(made).mean()


def cgan_generator(made: Tensor) -> Tensor:
    """What a generator lowers against a classifier: -log of the chance to be taken for real."""
    return functional.softplus(-made).mean()


CRITIC: dict[Adversarial, Callable[[Tensor, Tensor], Tensor]] = {
    "wgan": wgan_critic,
    "cgan": cgan_critic,
}
GENERATOR: dict[Adversarial, Callable[[Tensor], Tensor]] = {
    "wgan": wgan_generator,
    "cgan": cgan_generator,
}


def global_l1(made: Tensor, clean: Tensor) -> Tensor:
    """Mean absolute difference of pictures of one shape."""
    return functional.l1_loss(made, clean)


def distance(a: Tensor, b: Tensor, kind: Distance) -> Tensor:
    """Mean absolute (``l1``) or squared (``l2``) difference, as between latent features."""
    return functional.l1_loss(a, b) if kind == "l1" else functional.mse_loss(a, b)


def local(made: Tensor, clean: Tensor, area: Tensor, kind: Distance) -> Tensor:
    """The same over the defect areas only, all of a batch pooled.

    Parameters
    ----------
    made, clean : tensors (N, C, H, W)
        Levels.
    area : bool tensor (N, C, H, W)
        Where to compare; nothing marked is a loss of 0.
    kind : {"l1", "l2"}
        Absolute or squared difference.
    """
    difference = (made - clean) * area
    total = difference.abs().sum() if kind == "l1" else difference.square().sum()
    return total / area.sum().clamp(min=1)
