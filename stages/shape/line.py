"""A straight segment in any direction."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage(
    "shape", reference="J. E. Bresenham, Algorithm for computer control of a digital plotter, 1965"
)
def line(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """A straight, 8-connected segment, one pixel wide, in a direction drawn from the generator.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        1 on the segment, else 0.
    """
    angle = rng.uniform(0.0, np.pi)
    height = round((size[0] - 1) * np.sin(angle))
    width = round((size[1] - 1) * np.cos(angle))
    steps = np.linspace(0.0, 1.0, max(height, abs(width)) + 1)
    rows = np.rint(steps * height).astype(int)
    cols = np.rint(steps * width).astype(int)
    mask = np.zeros((height + 1, abs(width) + 1), np.float32)
    mask[rows, cols - cols.min()] = 1
    return mask
