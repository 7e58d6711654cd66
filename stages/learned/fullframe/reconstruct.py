"""A whole Bayer frame through a network that maps packed planes to packed planes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from stages.kernels.packed import encode_planes, unpack
from stages.learned.fullframe.packing import Packing, Planes
from stages.learned.fullframe.tiling import Span, Tiling, over_tiles
from stages.learned.running.place import Network, Place


def reconstruct(
    frame: RawFrame,
    network: Network,
    *,
    multiple: int,
    tile_px: int = 256,
    overlap_px: int = 64,
    headroom: float = 1.0,
    place: Place | None = None,
) -> NDArray[np.float32]:
    """What a network makes of a whole frame.

    The network sees packed planes R, G, G, B at half the frame's size: white-balanced levels,
    sRGB-encoded, clipped to [0, 1], reflected beyond the active area. Memory follows the tiles, not
    the frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    network : callable
        Tensor (1, 4, h, w) to the same shape; already on the place's device (`Place.ready`).
    multiple : int
        Heights and widths that it takes are multiples of this.
    tile_px : int
        Side of a tile in network pixels (2×2 raw pixels each).
    overlap_px : int
        Surroundings of a tile in network pixels; from the receptive field's radius on, the result does
        not depend on the tiles.
    headroom : float
        The white-balanced level that becomes code 1; what is brighter is clipped. The largest gain of the
        white balance loses nothing, 1 shows the network the picture as it is seen.
    place : Place, optional
        Device and precision; chosen where not given.

    Returns
    -------
    float32 array of shape (H, W)
        DN, not rounded. Outside the active area: the frame as it is.

    Raises
    ------
    StageError
        If the frame is not Bayer or a size is not positive.
    """
    area = frame.meta.active_area
    packing = Packing.of(frame.meta, area)
    within = (area.top, area.left, area.bottom, area.right)
    out = frame.mosaic.astype(np.float32)

    def read(rows: Span, cols: Span) -> Planes:
        at = packing.rows(rows.low, rows.high), packing.cols(cols.low, cols.high)
        planes = packing.levels(frame.mosaic, *at)
        encode_planes(planes, headroom)
        return planes

    def write(rows: Span, cols: Span, planes: Planes) -> None:
        first = packing.origin[0] + 2 * rows.start, packing.origin[1] + 2 * cols.start
        kept = np.ascontiguousarray(planes)
        unpack(kept, headroom, packing.black, packing.scale, first, within, out)

    over_tiles(
        packing.shape, read, network, write,
        tiling=Tiling(multiple, tile_px, overlap_px), place=place or Place.of(),
    )  # fmt: skip
    return out
