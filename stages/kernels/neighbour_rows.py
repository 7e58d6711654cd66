"""What the on-the-fly defect blocks share in the row engine: whole numbers, 32 columns at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from isp.frame import FrameMeta
from isp.jit import RowKernel, kernel
from isp.rows import RowFormat, RowOp, RowPlan, constants
from stages.kernels.vector import least, most

SIDE: Final = 4  # bytes from a column to the next of its colour in a Bayer row
_TOP: Final = 65535


@kernel(inline="always")
def sorted_four(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Four vectors in rising order, lane by lane: the network of five comparators."""
    e, f = least(a, b), most(a, b)
    g, h = least(c, d), most(c, d)
    low, m = least(e, g), most(e, g)
    n, high = least(f, h), most(f, h)
    return low, least(m, n), most(m, n), high


@kernel(inline="always")
def mean_below(low: Any, high: Any) -> Any:
    """Mean of two vectors, rounded down, without a sum that could be too large."""
    return (low & high) + ((low ^ high) >> 1)


def neighbour_rows(
    meta: FrameMeta, fixed: RowKernel, codes: RowKernel, threshold_dn: Any
) -> RowPlan:
    """The row operator of kernels that compare a pixel with the mean of two neighbours.

    Parameters
    ----------
    meta : FrameMeta
        The frame's metadata; the row operator is for Bayer frames.
    fixed, codes : RowKernel
        For int16 values and for uint16 codes; the threshold is their constant.
    threshold_dn : float
        A change must be above it.

    Returns
    -------
    callable
        See `isp.rows`; None where the mean would not be exact, or gains are still to be applied.
    """

    def plan(given: RowFormat) -> RowOp | None:
        if not meta.cfa.is_bayer:
            return None
        if given.lanes == "codes":
            return RowOp(given, codes, constants(min(int(threshold_dn), _TOP)))
        level = all(gain == 1.0 for row in given.gains for gain in row)
        if given.lanes != "fixed" or given.zero_bits == 0 or not level:
            return None
        # A whole number is above a bound exactly where it is above the bound's whole part.
        bound = min(int(float(threshold_dn) * 2**given.fraction_bits), _TOP)
        return RowOp(replace(given, zero_bits=given.zero_bits - 1), fixed, constants(bound))

    return plan
