"""Black level subtraction."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from stages.kernels.site_line import over_row, site_line_strip


@stage("level", reference="EMVA Standard 1288; Adobe DNG specification, BlackLevel", local=True)
def black_level(meta: FrameMeta) -> LocalOp:
    """Take the black level off each CFA site: signed and exact, nothing is clipped.

    Values below black stay negative, so that noise keeps its mean and a later repair sees what the
    sensor saw.

    Parameters
    ----------
    meta : FrameMeta
        A mosaic of any CFA and dtype.

    Returns
    -------
    LocalOp
        Mosaic to mosaic, float32 DN above black; the levels remember what was taken.
    """
    width = meta.shape[1]
    minus = over_row(meta.levels.black, width)
    times = np.ones_like(minus)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        site_line_strip(src, dst, row, minus, times)

    out = meta.then("black_level", dtype="float32", levels=meta.levels.above_black())
    return LocalOp(run, out)
