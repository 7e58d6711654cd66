"""A filled disc."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="plain geometry")
def disc(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """A disc (an ellipse where rows and columns differ) that fills the size asked for.

    Returns
    -------
    float32 array of shape ``size``
        1 where the pixel's centre lies inside, else 0.
    """
    rows, cols = ((np.arange(length) - (length - 1) / 2) / (length / 2) for length in size)
    return (rows[:, None] ** 2 + cols[None, :] ** 2 <= 1).astype(np.float32)
