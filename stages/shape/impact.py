"""An impact: a destroyed core, rays, and damage that thins out round it."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage


@stage(
    "shape",
    reference="L. Strüder et al., Evidence for micrometeoroid damage in the pn-CCD camera system aboard"
    " XMM-Newton, A&A 375, L5 (2001)",
)
def impact(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    core_share: Annotated[float, Field(gt=0, le=1, description="of the radius")] = 0.25,
    rays: Annotated[int, Field(ge=0, le=64)] = 6,
) -> NDArray[np.float32]:
    """A full core with fading rays, and scattered pixels whose density falls with distance.

    Parameters
    ----------
    core_share : float
        Radius of the core over that of the whole.
    rays : int
        Number of rays, at angles drawn from the generator.

    Returns
    -------
    float32 array of shape ``size``
        1 in the core, less outwards.
    """
    y, x = ((np.arange(n) - (n - 1) / 2) / (n / 2) for n in size)
    radius, angle = np.hypot(y[:, None], x), np.arctan2(y[:, None], x)
    fade = np.clip((1 - radius) / (1 - min(core_share, 0.99)), 0, 1)
    scattered = rng.random(size) < 0.35 * fade**2
    mask = np.where(scattered, fade * rng.uniform(0.2, 1, size), 0.0)
    for direction in rng.uniform(-np.pi, np.pi, rays):
        apart = np.abs(np.angle(np.exp(1j * (angle - direction)))) * radius * min(size) / 2
        mask = np.maximum(mask, fade * (apart < 0.7) * (rng.random(size) < 0.85))
    mask[radius <= core_share] = 1
    mask[(size[0] - 1) // 2, (size[1] - 1) // 2] = 1
    return mask.astype(np.float32)
