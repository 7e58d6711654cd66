"""A filled box: the clusters of the thesis."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="Defect GAN thesis, algorithm 4: d × d defects")
def square(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """A filled box of the size asked for.

    Returns
    -------
    float32 array of shape ``size``
        All 1.
    """
    return np.ones(size, np.float32)
