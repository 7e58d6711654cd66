"""The paper's anomaly map: how unlike the gradients of a picture and of its inpainted double are.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022, section on
anomaly detection.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from stages.learned.inpainting_transformer.similarity import gms_map

SCALES = (2, 4)
FILTER_PX = 3
"""Side of the mean filter at each scale. The paper's 21 pixels are for defects that are far larger."""


def gms_distance(picture: Tensor, double: Tensor, filter_px: int = FILTER_PX) -> Tensor:
    """Gradient magnitude distance over the scales 1/2 and 1/4.

    Parameters
    ----------
    picture, double : tensors (C, h, w)
        Levels from 0 to 1.
    filter_px : int
        Side of the mean filter, odd.

    Returns
    -------
    tensor (h, w)
        0 to 1: at each scale one minus the similarity, averaged over channels and smoothed; scaled up and
        averaged over the scales.
    """
    maps = []
    for scale in SCALES:
        small = [_reduced(x[None], scale) for x in (picture, double)]
        unlike = (1 - gms_map(small[0], small[1])).mean(1, keepdim=True)
        half = filter_px // 2
        padded = functional.pad(unlike, (half, half, half, half), mode="replicate")
        smooth = functional.avg_pool2d(padded, filter_px, stride=1)
        whole = functional.interpolate(smooth, scale_factor=scale, mode="bilinear")
        maps.append(whole[0, 0, : picture.shape[1], : picture.shape[2]])
    return torch.stack(maps).mean(0)


def anomaly_map(distance: Tensor, normal: float) -> Tensor:
    """Squared difference of a distance map to that of normal pictures.

    The paper subtracts the mean map of the training set, place by place; photographs have no places in
    common, so their mean over all places is subtracted. The map's maximum is the picture's score.

    Parameters
    ----------
    distance : tensor (h, w)
        See `gms_distance`.
    normal : float
        Mean distance of undamaged pictures.
    """
    return (distance - normal) ** 2


def _reduced(levels: Tensor, scale: int) -> Tensor:
    """Means of scale×scale pixels, the last row and column repeated to a whole number of them."""
    down, across = (-length % scale for length in levels.shape[2:])
    return functional.avg_pool2d(
        functional.pad(levels, (0, across, 0, down), mode="replicate"), scale
    )
