"""The straight line from DN to pictures, in which 0 is black and 1 is white."""

from __future__ import annotations

import numpy as np
from numpy import float32

from isp.errors import StageError
from isp.frame import FrameMeta


def unit_range(meta: FrameMeta) -> tuple[float32, float32]:
    """Scale and offset that take the DN of a frame to 0 at black and 1 at white.

    White is the lowest of the sites' white levels: the one that all channels reach. Demosaicing
    filters keep constants, so a black level that is the same everywhere may be taken off afterwards.

    Parameters
    ----------
    meta : FrameMeta
        The mosaic's metadata.

    Returns
    -------
    (float32, float32)
        Scale and offset: value · scale + offset.

    Raises
    ------
    StageError
        If the sites' black levels differ, for then demosaicing would mix them.
    """
    black = meta.levels.black
    if np.ptp(black) > 0:
        raise StageError(
            f"The CFA sites have different black levels ({meta.levels.black_dn} DN), which"
            " demosaicing would mix; put the stage black_level before it."
        )
    scale = 1.0 / float((meta.levels.white - black).min())
    return float32(scale), float32(-float(black.flat[0]) * scale)
