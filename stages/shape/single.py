"""One pixel."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="EMVA Standard 1288, Release 4.0 (2021), defect pixels")
def single(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """One pixel, whatever the size asked for.

    Returns
    -------
    float32 array of shape (1, 1)
    """
    return np.ones((1, 1), np.float32)
