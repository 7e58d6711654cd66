"""Highlights clipped to a common white."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from stages.kernels.site_line import over_row


@stage("level", reference="Coffin, dcraw, highlight mode 0 (clip)", local=True)
def highlight_clip(meta: FrameMeta) -> LocalOp:
    """Clip every channel to the white that all of them reach, so that blown highlights are neutral.

    After white balance the channels saturate at different levels, and a saturated area would take
    the colour of the gains. Nothing is clipped at the dark end.

    Parameters
    ----------
    meta : FrameMeta
        A mosaic of any CFA, usually white balanced.

    Returns
    -------
    LocalOp
        Mosaic to mosaic, float32 DN, at most the common white, which is the new white level.
    """
    levels = meta.levels.common_white()
    limits = over_row(levels.white, meta.shape[1])
    period = limits.shape[0]

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        for phase in range(min(period, len(dst))):
            top = limits[(row + phase) % period]
            np.minimum(src[phase::period], top, out=dst[phase::period])

    return LocalOp(run, meta.then("highlight_clip", dtype="float32", levels=levels))
