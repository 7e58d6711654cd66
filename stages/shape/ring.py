"""A ring: a dried drop, or dust far out of focus."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage


@stage(
    "shape",
    reference="EMVA Standard 1288, Release 4.0 (2021), high-pass filtering against such blemishes",
)
def ring(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    thickness_share: Annotated[float, Field(gt=0, le=1, description="of the radius")] = 0.25,
) -> NDArray[np.float32]:
    """A ring with soft flanks that fills the size asked for.

    Parameters
    ----------
    thickness_share : float
        Width of the ring over its radius.

    Returns
    -------
    float32 array of shape ``size``
        1 on the ring's middle line, falling to 0 on both sides.
    """
    rows, cols = ((np.arange(n) - (n - 1) / 2) / (n / 2) for n in size)
    radius = np.hypot(rows[:, None], cols)
    middle = 1 - thickness_share / 2
    mask = np.cos(np.clip((radius - middle) / (thickness_share / 2), -1, 1) * np.pi / 2) ** 2
    mask[mask < 1e-3] = 0
    if not mask.any():  # too small a box to hold a ring
        mask[:] = 1
    return np.asarray(mask, np.float32)
