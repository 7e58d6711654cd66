"""Highlights clipped to a common white."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from isp.rows import FIXED_TOP, RowFormat, RowOp, constants
from stages.kernels.site_line import over_row
from stages.kernels.site_rows import limit_row


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

    def rows(given: RowFormat) -> RowOp | None:
        if given.lanes != "fixed" or levels.black.any() or 2 % period or 2 % levels.white.shape[1]:
            return None
        top = np.rint(levels.white / np.asarray(given.gains) * 2.0**given.fraction_bits)
        tiled = np.broadcast_to(np.minimum(top, FIXED_TOP), (2, 2))
        return RowOp(replace(given, zero_bits=0), limit_row, constants(tiled))

    out = meta.then("highlight_clip", dtype="float32", levels=levels)
    return LocalOp(run, out, rows=rows)
