"""Black level subtraction."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from isp.rows import FIXED_TOP, RowFormat, RowOp, constants
from stages.kernels.site_line import over_row, site_line_strip
from stages.kernels.site_rows import subtract_row

_MOST_BITS = 7


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
    return LocalOp(run, out, rows=lambda given: _rows(meta, given))


def _rows(meta: FrameMeta, given: RowFormat) -> RowOp | None:
    """Whole numbers in int16 lanes, where the codes up to saturation fit with a bit to spare."""
    black, clip = meta.levels.black, meta.levels.clip
    period = 2 % black.shape[0] == 0 and 2 % black.shape[1] == 0
    if given.lanes != "codes" or not period or (black != np.floor(black)).any() or black.min() < 0:
        return None
    height = max(float((clip - black).max()), float(black.max()), 1.0)
    bits = min(int(np.floor(np.log2(FIXED_TOP / height))), _MOST_BITS)
    if bits < 1:
        return None
    black = np.tile(black, (2 // black.shape[0], 2 // black.shape[1]))
    top = np.minimum(black + (FIXED_TOP >> bits), np.iinfo(np.uint16).max)
    numbers = constants(bits, black, top)
    return RowOp(RowFormat("fixed", fraction_bits=bits, zero_bits=bits), subtract_row, numbers)
