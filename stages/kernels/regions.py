"""Which pixels a repair may go by: the good ones of the same part of the frame.

The masked border of a sensor (optical black) is no part of the picture: a defect in the active area is
repaired from the active area, one in the border from the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap


@dataclass(frozen=True, eq=False)
class Region:
    """Marked pixels of one part of the frame, and what they must not look at.

    Parameters
    ----------
    defects : DefectMap
        The marked pixels of this part, in the whole frame's coordinates.
    entries : int array of shape (n,)
        Their indices in the map that was split.
    unusable : bool array of shape (H, W)
        True for marked pixels and for the other part of the frame.
    """

    defects: DefectMap
    entries: NDArray[np.intp]
    unusable: NDArray[np.bool_]


def regions(defects: DefectMap) -> list[Region]:
    """Split a map into its part in the active area and its part in the masked border.

    Parameters
    ----------
    defects : DefectMap
        Marked pixels.

    Returns
    -------
    list of Region
        At most two; parts without marked pixels are left out.
    """
    area = defects.active_area
    inside = defects.inside(area)
    found = []
    if inside.any():
        unusable = defects.mask()
        for border in (
            unusable[: area.top],
            unusable[area.bottom :],
            unusable[:, : area.left],
            unusable[:, area.right :],
        ):
            border[:] = True
        found.append(_region(defects, inside, unusable))
    if not inside.all():
        unusable = defects.mask()
        unusable[area.slices] = True
        found.append(_region(defects, ~inside, unusable))
    return found


def _region(defects: DefectMap, chosen: NDArray[np.bool_], unusable: NDArray[np.bool_]) -> Region:
    part = defects if chosen.all() else defects.select(chosen)
    return Region(part, np.flatnonzero(chosen), unusable)
