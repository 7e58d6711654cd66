"""Marked pixels under a plain fill, so that the autoencoder sees an undamaged window, then its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from isp.transfer import srgb_decoded
from stages.kernels.packed import encode_planes
from stages.learned.autoencoders.weights import shipped
from stages.learned.fullframe.masked import Painter, repair_masked
from stages.learned.fullframe.packing import Planes
from stages.learned.fullframe.place import Device, Place, Precision

SIDE_PX = 32
"""Side of a window in network pixels."""

REACHES = (1, 2, 4, 8, 16, SIDE_PX)


def neighbour_fill(codes: Tensor, known: Tensor) -> Tensor:
    """Pictures whose unknown pixels take the mean of the known ones around, in the smallest square.

    Parameters
    ----------
    codes : tensor (N, C, h, w)
        Finite where known.
    known : bool tensor (N, C, h, w)
        False: not read.

    Returns
    -------
    tensor (N, C, h, w)
        0 where a plane knows nothing within the last of `REACHES`.
    """
    weight = known.to(codes.dtype)
    source = torch.where(known, codes, 0.0)
    filled, missing = source.clone(), ~known
    for reach in REACHES:
        if not missing.any():
            break
        total, share = (functional.avg_pool2d(x, 2 * reach + 1, 1, reach) for x in (source, weight))
        near = missing & (share > 0)
        filled = torch.where(near, total / share.clamp_min(1e-9), filled)
        missing = missing & ~near
    return filled


@dataclass(frozen=True, eq=False)
class NeighbourPainter(Painter):
    """A painter that fills unknown pixels from their neighbours and may look at its own work again.

    Parameters
    ----------
    network, place, side_px, paint
        See `Painter`; ``paint`` is not used.
    passes : int
        How often the network reconstructs; from the second time on it sees its own values in the hole.
    """

    passes: int = 1

    def __call__(self, windows: Planes) -> tuple[Planes, NDArray[np.bool_]]:
        """Repaired levels of windows (N, 4, side, side), NaN where unknown; which planes are known of."""
        unknown = np.isnan(windows)
        known = np.asarray(~unknown.all(axis=(2, 3)))
        top = np.nanmax(windows, axis=(1, 2, 3), initial=1.0)
        for window, headroom in zip(windows, top, strict=True):
            encode_planes(window, float(headroom))
        filled = neighbour_fill(torch.from_numpy(windows), torch.from_numpy(~unknown)).numpy()
        for _ in range(self.passes):
            made = self.place.run(self.network, filled)
            filled = np.where(unknown, made, filled)
        return srgb_decoded(filled).astype(np.float32) * top[:, None, None, None], known


def repair_with(
    name: str,
    frame: RawFrame,
    defects: DefectMap,
    passes: int,
    weights: str,
    device: Device,
    precision: Precision,
) -> Repair:
    """Repair the marked pixels with an autoencoder; the parameters are the stages'.

    Raises
    ------
    WeightsError
        If the weights cannot be used.
    StageError
        If the frame is not Bayer.
    """
    place = Place.of(device, precision)
    network = place.ready(shipped(name, weights)[0])
    painter = NeighbourPainter(network, place, SIDE_PX, passes=passes)
    return repair_masked(frame, defects, painter)
