"""Smear: charge left along a column by a bright spot."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage


@stage(
    "shape",
    reference="J. Janesick, Scientific Charge-Coupled Devices, SPIE Press 2001, charge transfer",
)
def smear(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    width_px: Annotated[int, Field(ge=1, le=1000, description="pixels")] = 2,
    decay_share: Annotated[float, Field(gt=0, description="of the length")] = 0.4,
) -> NDArray[np.float32]:
    """A vertical streak that decays from one end to the other, upwards or downwards.

    Parameters
    ----------
    width_px : int
        Columns that it covers.
    decay_share : float
        Length over which it falls to 1/e.

    Returns
    -------
    float32 array of shape (size[0], min(width_px, size[1]))
        1 at its head, less along the tail.
    """
    along = np.arange(size[0]) / max(size[0] - 1, 1)
    tail = np.exp(-along / decay_share)
    if rng.random() < 0.5:
        tail = tail[::-1]
    width = min(width_px, size[1])
    across = rng.uniform(0.7, 1.0, width)
    return np.asarray((tail[:, None] * (across / across.max())), np.float32)
