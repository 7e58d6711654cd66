"""rawpy's own repair, called as it is: the peer that Python users know.

Reference: M. Riechert, rawpy, ``rawpy.enhance.repair_bad_pixels`` (median of 3×3 in each colour plane of
the active area). It takes the marked pixels themselves into the median and works on the whole frame.
"""

import contextlib
import io
from types import SimpleNamespace

import numpy as np

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair

SMALLEST = 2  # rows and columns below which a colour plane is empty


@stage(
    kind="corrector",
    reference="Riechert, rawpy.enhance.repair_bad_pixels",
    cfas=BAYER,
    uses_marked=True,
)
def rawpy_repair(frame: RawFrame, defects: DefectMap) -> Repair:
    """3×3 same-colour median by rawpy, the marked pixels included.

    Parameters
    ----------
    frame : RawFrame
        Bayer, any dtype. rawpy gets the active area as what it calls the visible image.
    defects : DefectMap
        Marked pixels.

    Returns
    -------
    Repair
        Not repaired: pixels outside the active area, which rawpy does not see. rawpy does not know when a
        pixel cannot be repaired: in a large cluster it gives the median of bad pixels.
    """
    import rawpy.enhance

    area = defects.active_area
    rows, cols = defects.rows - area.top, defects.cols - area.left
    seen = defects.inside(area)
    values = np.zeros(len(defects), np.float32)
    if min(area.height, area.width) < SMALLEST or not seen.any():
        return Repair(values, np.zeros(len(defects), np.bool_))
    visible = frame.mosaic[area.slices].copy()
    pattern = np.asarray(frame.cfa.shifted(area.top, area.left).pattern)
    raw = SimpleNamespace(raw_image_visible=visible, raw_pattern=pattern)
    coordinates = np.stack([rows[seen], cols[seen]], axis=1).astype(np.int64)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints
        rawpy.enhance.repair_bad_pixels(raw, coordinates, method="median")
    values[seen] = visible[rows[seen], cols[seen]]
    return Repair(values, seen, notes=("rawpy takes marked pixels into its median",))
