"""Which window a patch is predicted from: of those inside the image the one that has it most central.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022, section on
inference (there counted from 1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def window_start(at: Indices, patches: int, window: int, group: int = 1) -> Indices:
    """First patch, along one axis, of the windows for patches or groups of them.

    Parameters
    ----------
    at : int64 array
        First patch of each group, from 0.
    patches : int
        Patches N of the image along the axis, at least ``window``.
    window : int
        Patches L of a window along the axis.
    group : int
        Patches predicted together; 1 is the paper's placement.

    Returns
    -------
    int64 array of the same shape
        From 0 to N − L.
    """
    centred = np.asarray(at, np.int64) + group // 2 - window // 2
    return np.clip(centred, 0, patches - window)
