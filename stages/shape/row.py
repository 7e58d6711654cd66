"""A piece of one row, or a whole row."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="EMVA Standard 1288, Release 4.0 (2021), row and column defects")
def row(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """Adjacent pixels of one row; with the size ``full`` the whole row.

    Returns
    -------
    float32 array of shape (1, size[1])
        All 1.
    """
    return np.ones((1, size[1]), np.float32)
