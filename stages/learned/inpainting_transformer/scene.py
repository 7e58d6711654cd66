"""A Bayer frame as windows of patches look at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.cfa import R
from isp.frame import RawFrame
from stages.kernels.encoded_boxes import balanced_scale
from stages.learned.inpainting_transformer.placement import window_start
from stages.learned.inpainting_transformer.shape import Shape

GOOD, BAD, FILLED = 0, 1, 2

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scene:
    """A frame, what of it is known, and its grid of patches.

    Patches are K×K blocks of 2×2 raw pixels from the first red site on (one block earlier where that is
    in row or column 1), whatever the phase. The grid has at least a window's patches on each side; what
    lies beyond the frame is unknown.

    Parameters
    ----------
    frame : RawFrame
        Bayer.
    status : uint8 array (H, W)
        `GOOD`, `BAD` or `FILLED`.
    filled : float32 array (H, W)
        White-balanced levels of `FILLED` pixels; memory is touched there only.
    shape : Shape
        Of the network.
    """

    frame: RawFrame
    status: NDArray[np.uint8]
    filled: Floats
    shape: Shape

    @staticmethod
    def of(frame: RawFrame, unusable: NDArray[np.bool_], shape: Shape) -> Scene:
        """A frame of which nothing is filled yet."""
        status = unusable.astype(np.uint8)
        return Scene(frame, status, np.zeros(frame.shape, np.float32), shape)

    @property
    def red(self) -> tuple[int, int]:
        """Row and column of the first red site."""
        return self.frame.cfa.first(R)

    @property
    def grid(self) -> tuple[int, int]:
        """Patches in a column and in a row of the frame."""
        block = 2 * self.shape.patch
        rows, cols = (
            max(-(-(length + first) // block), self.shape.window)
            for length, first in zip(self.frame.shape, self.red, strict=True)
        )
        return rows, cols

    def place(self, rows: NDArray[np.int32], cols: NDArray[np.int32]) -> tuple[Indices, Indices]:
        """Patch (N, 2) in the grid and index (N,) in its values, of raw pixels."""
        at = np.stack([rows, cols], axis=1).astype(np.int64) + self.red
        block, phase = at // 2, at % 2
        inside = block % self.shape.patch
        plane = 2 * phase[:, 0] + phase[:, 1]
        index = (plane * self.shape.patch + inside[:, 0]) * self.shape.patch + inside[:, 1]
        return block // self.shape.patch, index

    def starts(self, groups: Indices, size: int) -> Indices:
        """First patch (N, 2) of the windows for groups of ``size``×``size`` patches, given by number."""
        parts = [
            window_start(groups[:, axis] * size, self.grid[axis], self.shape.window, size)
            for axis in range(2)
        ]
        return np.stack(parts, axis=1)

    def wanted(self, groups: Indices, size: int) -> Indices:
        """Places (N, size²) of the groups' patches in their windows.

        At the grid's end, where a group is cut, its last patch stands in for those beyond.
        """
        own = groups[:, None] * size + np.indices((size, size)).reshape(2, -1).T
        own = np.minimum(own, np.array(self.grid) - 1) - self.starts(groups, size)[:, None]
        return np.asarray(own[..., 0] * self.shape.window + own[..., 1])

    def windows(self, starts: Indices) -> tuple[Floats, Floats]:
        """Levels and what is known (1, else 0) of windows, float32 (N, 4, n, n)."""
        length = 2 * self.shape.side
        first = 2 * self.shape.patch * starts - self.red
        rows, cols = (first[:, axis, None] + np.arange(length) for axis in range(2))
        height, width = self.frame.shape
        inside = ((rows >= 0) & (rows < height))[:, :, None]
        inside = inside & ((cols >= 0) & (cols < width))[:, None]
        r = rows.clip(0, height - 1)[:, :, None]
        c = cols.clip(0, width - 1)[:, None]
        black, scale = self.frame.levels.black, balanced_scale(self.frame.meta)
        a, b = r % black.shape[0], c % black.shape[1]
        levels = ((self.frame.mosaic[r, c] - black[a, b]) * scale[a, b]).astype(np.float32)
        status = self.status[r, c]
        if (status == FILLED).any():
            levels = np.where(status == FILLED, self.filled[r, c], levels)
        known = inside & (status != BAD)
        return _packed(np.where(known, levels, np.float32(0))), _packed(known.astype(np.float32))

    def dn(self, levels: Floats, rows: NDArray[np.int32], cols: NDArray[np.int32]) -> Floats:
        """DN of white-balanced levels at raw pixels."""
        table, black = balanced_scale(self.frame.meta), self.frame.levels.black
        pick = self.frame.levels.pick
        return np.asarray(levels / pick(table, rows, cols) + pick(black, rows, cols), np.float32)


def _packed(raw: Floats) -> Floats:
    """(N, 2n, 2n) as planes R, G, G, B, (N, 4, n, n), contiguous."""
    count, length = raw.shape[:2]
    parts = raw.reshape(count, length // 2, 2, length // 2, 2).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(parts).reshape(count, 4, length // 2, length // 2)
