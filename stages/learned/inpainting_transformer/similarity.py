"""Likeness of two pictures place by place: structural similarity and gradient magnitude similarity.

References: Z. Wang et al., *Image quality assessment: from error visibility to structural similarity*,
IEEE TIP 13 (2004); W. Xue et al., *Gradient magnitude similarity deviation*, IEEE TIP 23 (2014).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

SSIM_SIGMA_PX = 1.5
SSIM_SIDE_PX = 11
GMS_CONSTANT = 0.0026
"""170 on 8-bit levels, as in the reference, for levels from 0 to 1."""


def ssim_map(one: Tensor, other: Tensor, side: int = SSIM_SIDE_PX) -> Tensor:
    """Structural similarity of levels from 0 to 1.

    Parameters
    ----------
    one, other : tensors (N, C, h, w)
        Levels.
    side : int
        Side of the Gaussian window, odd.

    Returns
    -------
    tensor (N, C, h − side + 1, w − side + 1)
        −1 to 1, where the window fits.
    """
    down, across = (_gaussian(length, side).to(one) for length in one.shape[2:])

    def mean(x: Tensor) -> Tensor:
        return down @ x @ across.T

    mean_one, mean_other = mean(one), mean(other)
    variances = mean(one * one) - mean_one**2 + mean(other * other) - mean_other**2
    covariance = mean(one * other) - mean_one * mean_other
    c1, c2 = 0.01**2, 0.03**2
    light = (2 * mean_one * mean_other + c1) / (mean_one**2 + mean_other**2 + c1)
    return light * (2 * covariance + c2) / (variances + c2)


def gms_map(one: Tensor, other: Tensor) -> Tensor:
    """Gradient magnitude similarity of levels from 0 to 1, each channel by itself.

    Parameters
    ----------
    one, other : tensors (N, C, h, w)
        Levels.

    Returns
    -------
    tensor (N, C, h, w)
        0 to 1; edges are repeated beyond the border.
    """
    a, b = gradient(one), gradient(other)
    return (2 * a * b + GMS_CONSTANT) / (a * a + b * b + GMS_CONSTANT)


def gradient(levels: Tensor) -> Tensor:
    """Magnitude of the Prewitt gradient, same shape as (N, C, h, w)."""
    x = functional.pad(levels, (1, 1, 1, 1), mode="replicate")
    across = x[..., :, 2:] - x[..., :, :-2]
    down = x[..., 2:, :] - x[..., :-2, :]
    across = across[..., :-2, :] + across[..., 1:-1, :] + across[..., 2:, :]
    down = down[..., :, :-2] + down[..., :, 1:-1] + down[..., :, 2:]
    # The root's slope at 0 is infinite: a flat place must not spoil a training.
    return ((across * across + down * down) / 9 + 1e-12).sqrt()


@lru_cache(maxsize=16)
def _gaussian(length: int, side: int) -> Tensor:
    """Weights (length − side + 1, length) that smooth an axis by a Gaussian window where it fits."""
    apart = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    bell = torch.exp(-(apart**2) / (2 * SSIM_SIGMA_PX**2))
    bell = bell / bell.sum()
    count = length - side + 1
    return torch.stack([functional.pad(bell, (k, count - 1 - k)) for k in range(count)])
