"""A Bayer frame as the planes that networks see, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import R
from isp.errors import StageError
from isp.frame import Area, FrameMeta
from isp.local import border_indices
from stages.kernels.encoded_boxes import balanced_scale
from stages.kernels.packed import PLANES, pack

Planes = NDArray[np.float32]
Indices = NDArray[np.intp]
NO_STATUS = np.zeros((0, 0), np.uint8)
NO_LEVELS = np.zeros((0, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Packing:
    """Blocks of 2×2 raw pixels, each beginning at a red site, as planes R, G, G, B.

    Parameters
    ----------
    area : Area
        The part of the frame that is seen; beyond it the mosaic is reflected, which keeps its phase.
    black, scale : float64 arrays of the levels' period
        White-balanced level = (DN − black)·scale, from the raw frame's top-left.
    origin : (int, int)
        Raw row and column of the first block's red site; up to one before the area.
    """

    area: Area
    black: NDArray[np.float64]
    scale: NDArray[np.float64]
    origin: tuple[int, int]

    @staticmethod
    def of(meta: FrameMeta, area: Area) -> Packing:
        """The packing of a part of a frame.

        Raises
        ------
        StageError
            If the frame is not Bayer.
        """
        if not meta.cfa.is_bayer:
            raise StageError(
                f"This network works on Bayer mosaics; the frame's CFA is {meta.cfa.name}."
            )
        row, col = meta.cfa.first(R)
        origin = (area.top - (area.top - row) % 2, area.left - (area.left - col) % 2)
        return Packing(area, meta.levels.black, balanced_scale(meta), origin)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in blocks, those that reach beyond the area included."""
        height = -(-(self.area.bottom - self.origin[0]) // 2)
        return height, -(-(self.area.right - self.origin[1]) // 2)

    def rows(self, start: int, stop: int) -> Indices:
        """Raw rows of blocks [start, stop), which may lie beyond the area."""
        first, area = self.origin[0] - self.area.top, self.area
        return area.top + border_indices(
            2 * start + first, 2 * stop + first, area.height, "mirror", 2
        )

    def cols(self, start: int, stop: int) -> Indices:
        """Raw columns of blocks [start, stop), which may lie beyond the area."""
        first, area = self.origin[1] - self.area.left, self.area
        return area.left + border_indices(
            2 * start + first, 2 * stop + first, area.width, "mirror", 2
        )

    def levels(
        self,
        mosaic: NDArray[Any],
        rows: Indices,
        cols: Indices,
        status: NDArray[np.uint8] = NO_STATUS,
        filled: NDArray[np.float32] = NO_LEVELS,
    ) -> Planes:
        """White-balanced levels of the given raw rows and columns, (4, h, w); see `pack`."""
        planes = np.empty((PLANES, len(rows) // 2, len(cols) // 2), np.float32)
        pack(mosaic, status, filled, self.black, self.scale, rows, cols, planes)
        return planes
