"""A whole frame through a network that is not told where the damage is, and what it changed."""

from __future__ import annotations

import numpy as np

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair, apply_repair
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.packed import differs
from stages.learned.fullframe.reconstruct import reconstruct
from stages.learned.running.place import Network, Place


def repair_blind(
    frame: RawFrame,
    network: Network,
    *,
    threshold: float,
    multiple: int,
    tile_px: int,
    overlap_px: int,
    place: Place,
    step: str,
) -> tuple[RawFrame, DefectMap]:
    """Take the network's value wherever it differs by more than a threshold.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    network, multiple, tile_px, overlap_px, place
        See `reconstruct`.
    threshold : float
        In white-balanced sRGB-encoded levels, 0 to 1. 0 takes the network's whole frame.
    step : str
        What to write to the provenance.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, on its code grid, and the pixels whose values are the network's.

    Raises
    ------
    StageError
        If the frame is not Bayer or a size is not positive.
    """
    made = reconstruct(
        frame, network, multiple=multiple, tile_px=tile_px, overlap_px=overlap_px, place=place
    )
    changed = np.zeros(frame.shape, np.bool_)
    levels, area = frame.levels, frame.meta.active_area
    differs(frame.mosaic, made, levels.black, balanced_scale(frame.meta), threshold, changed)
    inside = np.zeros_like(changed)
    inside[area.slices] = changed[area.slices]
    rows, cols = np.nonzero(inside)
    source = f"{step}: changed by more than {threshold:g}"
    found = DefectMap.for_frame(rows, cols, frame, source=source)
    repair = Repair(made[rows, cols], np.ones(len(found), np.bool_))
    return apply_repair(frame, found, repair, step), found
