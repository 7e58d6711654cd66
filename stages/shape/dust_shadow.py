"""The shadow of dust on the cover glass: soft, darkest in its middle."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage


@stage(
    "shape",
    reference="R. G. Willson, M. W. Maimone et al., An optical model for image artifacts produced by dust"
    " particles on lenses, i-SAIRAS 2005",
)
def dust_shadow(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    penumbra_share: Annotated[float, Field(gt=0, le=1, description="of the radius")] = 0.5,
) -> NDArray[np.float32]:
    """A soft, slightly irregular spot, meant for a low response.

    Parameters
    ----------
    penumbra_share : float
        Part of the radius over which the shadow fades; 1 for dust far from the pixels.

    Returns
    -------
    float32 array of shape ``size``
        1 in the umbra, falling smoothly to 0 at the edge.
    """
    y, x = ((np.arange(n) - (n - 1) / 2) / (n / 2) for n in size)
    angle = np.arctan2(y[:, None], x)
    lobes = sum(
        rng.normal(0, 0.06) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4)
    )
    radius = np.hypot(y[:, None], x) * (1 + np.asarray(lobes))
    inwards = np.clip((1 - radius) / penumbra_share, 0, 1)
    mask = inwards**2 * (3 - 2 * inwards)
    mask[(size[0] - 1) // 2, (size[1] - 1) // 2] = 1
    return np.asarray(mask, np.float32)
