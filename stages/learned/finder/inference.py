"""From a frame to the odds that each pixel is defective: the network over bands of the whole frame."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from isp.cfa import R
from isp.frame import RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.threads import thread_budget
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.outlier_verdicts import OutlierScene
from stages.learned.finder.network import REACH_PX, FinderNet
from stages.learned.finder.views import ALIGN, CHANNELS, pack
from stages.learned.running.place import Place
from stages.learned.running.threads import torch_threads

BAND_PX = 1024
"""Rows that are worked on at once, besides the `REACH_PX` on either side: bounds memory."""

Floats = NDArray[np.float32]


def defect_logits(
    frame: RawFrame,
    noise: NoiseModel,
    network: FinderNet,
    place: Place,
) -> Floats:
    """Logarithm of the odds that each pixel is defective.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and size, without a masked border.
    noise : NoiseModel
        Of this frame.
    network : FinderNet
        On the place's device.
    place : Place
        Where it runs, and in which precision.

    Returns
    -------
    float32 array of shape (H, W)
    """
    signal = frame.signal()
    excess = OutlierScene(signal, noise, 2).excess()
    levels = signal * Levels.spread(balanced_scale(frame.meta), frame.shape).astype(np.float32)
    height, width = frame.shape
    out = np.empty((height, width), np.float32)
    for top in range(0, height, BAND_PX):
        first, last = max(top - REACH_PX, 0), min(top + BAND_PX + REACH_PX, height)
        cfa = frame.cfa.shifted(first, 0)
        row, col = cfa.first(R)
        features = _view(levels[first:last], excess[first:last], row, col)
        logits = _logits(features, network, place)
        stop = min(top + BAND_PX, height)
        out[top:stop] = logits[row + top - first : row + stop - first, col : col + width]
    return out


def _view(levels: Floats, excess: Floats, top: int, left: int) -> Floats:
    rows, cols = (
        -(-(size + start) // ALIGN) * ALIGN // 2
        for size, start in zip(levels.shape, (top, left), strict=True)
    )
    features = np.empty((rows, cols, CHANNELS), np.float32)
    pack(np.ascontiguousarray(levels), np.ascontiguousarray(excess), top, left, features)
    return features


def _logits(features: Floats, network: FinderNet, place: Place) -> Floats:
    """Logits of a view, unpacked to its raw pixels."""
    x = torch.from_numpy(features).permute(2, 0, 1)[None].to(place.device)
    with torch_threads(thread_budget()), place.computing():
        mosaic = torch.nn.functional.pixel_shuffle(network(x).float(), 2)
    return np.asarray(mosaic[0, 0].cpu().numpy())
