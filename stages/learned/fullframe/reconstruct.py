"""A whole Bayer frame through a network that maps packed planes to packed planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import StageError
from isp.frame import FrameMeta, RawFrame
from isp.local import border_indices
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.packed import PLANES, pack, unpack
from stages.learned.fullframe.place import Network, Place
from stages.learned.fullframe.tiling import Planes, Span, Tiling, over_tiles
from stages.learned.training.pictures import red_site

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Packing:
    """How a Bayer frame of given metadata becomes planes R, G, G, B of sRGB-encoded levels, and back.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the frame in raw pixels.
    black, scale : float64 arrays of the levels' period
        White-balanced level = (DN − black)·scale.
    red : (int, int)
        Row and column of the first red site; blocks start there, one block earlier where that is 1.
    """

    shape: tuple[int, int]
    black: NDArray[np.float64]
    scale: NDArray[np.float64]
    red: tuple[int, int]

    @staticmethod
    def of(meta: FrameMeta, headroom: float = 1.0) -> Packing:
        """The packing of a frame; ``headroom``: the white-balanced level that becomes code 1.

        Raises
        ------
        StageError
            If the frame is not Bayer.
        """
        if not meta.cfa.is_bayer:
            raise StageError(
                f"This network works on Bayer mosaics; the frame's CFA is {meta.cfa.name}."
            )
        scale = balanced_scale(meta) / headroom
        return Packing(meta.shape, meta.levels.black, scale, red_site(np.asarray(meta.cfa.pattern)))

    @property
    def packed(self) -> tuple[int, int]:
        """Height and width in blocks, those that reach beyond the frame included."""
        rows, cols = (
            -(-(length + first) // 2) for length, first in zip(self.shape, self.red, strict=True)
        )
        return rows, cols

    def indices(self, axis: int, start: int, stop: int) -> Indices:
        """Raw rows (axis 0) or columns (1) of blocks [start, stop), reflected beyond the frame."""
        first = self.red[axis]
        return border_indices(2 * start - first, 2 * stop - first, self.shape[axis], "mirror", 2)

    def read(self, mosaic: NDArray[Any], rows: Indices, cols: Indices) -> Planes:
        """Encoded planes of the given raw rows and columns, float32 (4, h, w) in [0, 1]."""
        planes = np.empty((PLANES, len(rows) // 2, len(cols) // 2), np.float32)
        pack(mosaic, self.black, self.scale, rows, cols, planes)
        return planes

    def write(self, planes: Planes, top: int, left: int, out: NDArray[np.float32]) -> None:
        """Write planes whose first block is (top, left) into a frame of DN."""
        first = (2 * top - self.red[0], 2 * left - self.red[1])
        unpack(planes, self.black, self.scale, *first, out)


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
    part = frame if area.covers(frame.shape) else frame.crop(area)
    packing = Packing.of(part.meta, headroom)
    out = frame.mosaic.astype(np.float32)
    inside = out[area.slices]

    def read(rows: Span, cols: Span) -> Planes:
        places = (packing.indices(axis, s.low, s.high) for axis, s in enumerate((rows, cols)))
        return packing.read(part.mosaic, *places)

    def write(rows: Span, cols: Span, planes: Planes) -> None:
        packing.write(np.ascontiguousarray(planes), rows.start, cols.start, inside)

    over_tiles(
        packing.packed, read, network, write,
        tiling=Tiling(multiple, tile_px, overlap_px), place=place or Place.of(),
    )  # fmt: skip
    return out
