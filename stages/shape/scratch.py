"""A scratch: a long, thin, slightly bent line of uneven depth."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage
from stages.kernels.strokes import draw_path


@stage("shape", reference="ISO 10110-7:2017, surface imperfections: long scratches")
def scratch(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    width_px: Annotated[float, Field(gt=0, le=100, description="pixels")] = 1.5,
) -> NDArray[np.float32]:
    """A thin line across the size asked for, in a direction drawn from the generator.

    Parameters
    ----------
    width_px : float
        Full width at half depth.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        Amplitude, with soft flanks and a depth that wanders along the line.
    """
    steps = 2 * max(size)
    along = np.linspace(-0.5, 0.5, steps)
    angle = rng.uniform(0, np.pi)
    bend = rng.normal(0, 0.08) * (along**2 - 0.08)
    rows = (along * np.sin(angle) + bend * np.cos(angle)) * (size[0] - 1)
    cols = (along * np.cos(angle) - bend * np.sin(angle)) * (size[1] - 1)
    depth = np.clip(1 + np.cumsum(rng.normal(0, 0.5, steps)) / np.sqrt(steps), 0.2, 1)
    return draw_path(rows, cols, depth, width_px, size)
