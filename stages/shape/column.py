"""A piece of one column, or a whole column."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="EMVA Standard 1288, Release 4.0 (2021), row and column defects")
def column(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """Adjacent pixels of one column; with the size ``full`` the whole column.

    Returns
    -------
    float32 array of shape (size[0], 1)
        All 1.
    """
    return np.ones((size[0], 1), np.float32)
