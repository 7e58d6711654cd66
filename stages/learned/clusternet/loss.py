"""What training makes small: the error of the judged pictures, and the surprise at one's own error."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_MSE = 1e-6
"""Added to a window's mean square error: a 1/1000 of the encoded range is good enough."""

SIZE_POWER = 0.25
"""A window counts by this power of its bad pixels: large holes more, yet not by their area."""


def root_mean_square(residual: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean over windows of the root mean square error of sRGB-encoded levels on the bad pixels.

    Inside a window the square asks for the mean of what may be there, as PSNR does; over the windows
    the root keeps a few hopeless ones from drowning the others.

    Parameters
    ----------
    residual, target, weight : tensor (N, 4, CORE, CORE)
        Predicted and true residual in the window's codes; encoded levels per code, 0 at good pixels.
    """
    error = weight * (residual - target)
    count = (weight > 0).sum((1, 2, 3)).clamp(min=1)
    rms = ((error * error).sum((1, 2, 3)) / count + LEAST_MSE).sqrt()
    share = count**SIZE_POWER
    return (rms * share).sum() / share.sum()


def laplace_surprise(
    residual: Tensor, log_spread: Tensor, target: Tensor, weight: Tensor
) -> Tensor:
    """Mean negative log-likelihood of the errors under a Laplace law of the predicted spread.

    The residual is detached: the spread learns from the errors and does not change them.
    """
    error = (residual.detach() - target).abs()
    surprise = error * torch.exp(-log_spread) + log_spread
    bad = (weight > 0).float()
    return (surprise * bad).sum() / bad.sum().clamp(min=1)
