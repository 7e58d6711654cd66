"""What training makes small: squared error, structural dissimilarity and unlike gradients.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022.
"""

from __future__ import annotations

from torch import Tensor

from stages.learned.inpainting_transformer.similarity import SSIM_SIDE_PX, gms_map, ssim_map

SSIM_SHARE = 0.01
GMS_SHARE = 0.01


def inpainting_loss(predicted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L2 over what was hidden, plus SSIM and GMS over the pictures that hold it.

    Parameters
    ----------
    predicted, target : tensors (N, C, h, w)
        Levels about 0 to 1; where nothing was hidden they may agree.
    weight : tensor of the same shape
        1 for hidden pixels that are judged, else 0.

    Returns
    -------
    tensor ()
        The three parts, weighted.
    """
    error = ((predicted - target) ** 2 * weight).sum() / weight.sum().clamp(min=1)
    side = min(SSIM_SIDE_PX, (min(target.shape[-2:]) - 1) // 2 * 2 + 1)
    unlike = 1 - ssim_map(predicted, target, side).mean()
    edges = 1 - gms_map(predicted, target).mean()
    return error + SSIM_SHARE * unlike + GMS_SHARE * edges
