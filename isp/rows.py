"""Row operators: what a local stage may offer so that a chain runs row by row in one compiled loop.

A strip operator (`isp.local.LocalOp.run`) takes and returns arrays. A row operator is its faster form for
the formats that it knows: a compiled kernel that makes one row from the few rows that it depends on.
The row engine keeps those rows in ring buffers that fit the caches, continues them over the
frame's borders by the operator's own rule, and goes down the chain after every row of the file.

All kernels have one signature, ``kernel(work, ins, outs, start, stop, row, constants)``:

- ``work``: the workspace; everything is addressed by byte offsets into it;
- ``ins``: byte offset of column 0 of each input row, top to bottom, with all planes of a row together;
- ``outs``: the same of each output plane;
- ``start, stop``: columns to make, multiples of 32 (what lies beyond the frame is thrown away);
- ``row``: the row's number in the frame; column 0 of the workspace is an even column of the frame;
- ``constants``: the operator's float32 numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.frame import FrameMeta
from isp.jit import RowKernel

Lanes = Literal["codes", "fixed", "planes", "bytes"]
ROW_BYTES = {"codes": 2, "fixed": 2, "planes": 4, "bytes": 3}  # of a column, in one plane
PLANES = {"codes": 1, "fixed": 1, "planes": 3, "bytes": 1}
FIXED_TOP = 32767


@dataclass(frozen=True)
class RowFormat:
    """How the rows between two operators are held.

    Parameters
    ----------
    lanes : str
        ``codes``: the file's codes, uint16. ``fixed``: int16, DN above black · 2^fraction_bits, the
        site's gain still to be applied. ``planes``: rows of R, G and B, float32; of every 32 columns
        first the 16 even ones, then the 16 odd ones. ``bytes``: R, G, B of a pixel side by side, uint8.
    fraction_bits : int
        Of ``fixed``.
    zero_bits : int
        How many of the fraction bits are still 0 in every value: what an exact mean of two may use.
    gains : 2×2 table
        Of ``fixed``: factor of each site that the next operator to leave whole numbers applies.
    matrix : 3×3 table
        Of ``planes``: what the next operator multiplies each pixel with, as a column.
    """

    lanes: Lanes
    fraction_bits: int = 0
    zero_bits: int = 0
    gains: tuple[tuple[float, ...], ...] = ((1.0, 1.0), (1.0, 1.0))
    matrix: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    def with_gains(self, table: NDArray[np.float64]) -> RowFormat | None:
        """The format with further gains to apply; None for a table that does not fit a 2×2 pattern."""
        if 2 % table.shape[0] or 2 % table.shape[1]:
            return None
        times = np.asarray(self.gains) * table
        return replace(self, gains=tuple(tuple(float(x) for x in row) for row in times))

    def with_matrix(self, matrix: NDArray[Any]) -> RowFormat:
        """The format with a further matrix to apply."""
        product = np.asarray(matrix, np.float64) @ np.asarray(self.matrix)
        return replace(self, matrix=tuple(tuple(float(x) for x in row) for row in product))

    def channel_gains(self, cfa: Cfa) -> tuple[float, float, float] | None:
        """The gains of R, G and B, None where they differ between sites of one channel."""
        channels = np.asarray(CHANNEL_OF_SITE)[np.asarray(cfa.pattern)]
        gains = np.asarray(self.gains)
        if channels.shape != gains.shape:
            return None
        found = [gains[channels == channel] for channel in range(3)]
        if any(len(part) == 0 or np.ptp(part) > 0 for part in found):
            return None
        red, green, blue = (float(part[0]) for part in found)
        return red, green, blue


@dataclass(frozen=True)
class RowOp:
    """A local stage planned for rows of one format.

    Parameters
    ----------
    gives : RowFormat
        Format of the output.
    kernel : RowKernel, optional
        None where the rows stay as they are and only the format says something else.
    constants : float32 array
        Passed to the kernel.
    """

    gives: RowFormat
    kernel: RowKernel | None = None
    constants: NDArray[np.float32] | None = None


RowPlan = Callable[[RowFormat], RowOp | None]


def file_format(meta: FrameMeta) -> RowFormat | None:
    """The format of a frame's own rows, None where rows of it are not known."""
    whole = meta.space == "raw" and meta.dtype.kind == "u"
    return RowFormat("codes") if whole else None


def holds(meta: FrameMeta, rows: RowFormat) -> bool:
    """Whether a frame with this metadata is made of rows of this format."""
    return rows.lanes == "bytes" and meta.space != "raw" and meta.dtype == np.uint8


def constants(*values: Any) -> NDArray[np.float32]:
    """Numbers and arrays in a line, as a kernel gets them."""
    parts = [np.ravel(np.asarray(value, np.float32)) for value in values]
    return np.concatenate(parts)
