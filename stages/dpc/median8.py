"""Thresholded median of the eight same-colour neighbours."""

from dataclasses import replace
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from isp.frame import FrameMeta
from isp.jit import RowKernel, kernel
from isp.local import LocalOp
from isp.registry import BAYER_MONO, stage
from stages.kernels.neighbour_rows import SIDE, mean_below, neighbour_rows, sorted_four
from stages.kernels.neighbours import (
    greater,
    lesser,
    midpoint,
    neighbour_op,
    range_fraction_dn,
    sorted4,
)
from stages.kernels.vector import LANES, above_unsigned, i16, least, load_i16, most, store, where


@kernel()
def _row(
    up: NDArray[Any],
    mid: NDArray[Any],
    low: NDArray[Any],
    dst: NDArray[Any],
    right: int,
    threshold: Any,
) -> None:
    n = dst.size
    cast = dst.dtype.type
    up_left, up_mid, up_right = up[:n], up[right : right + n], up[2 * right : 2 * right + n]
    left, centre, far = mid[:n], mid[right : right + n], mid[2 * right : 2 * right + n]
    low_left, low_mid, low_right = low[:n], low[right : right + n], low[2 * right : 2 * right + n]
    for j in range(n):
        a0, a1, a2, a3 = sorted4(up_left[j], up_mid[j], up_right[j], left[j])
        b0, b1, b2, b3 = sorted4(far[j], low_left[j], low_mid[j], low_right[j])
        # Of two sorted fours, min(a_i, b_3-i) are the lower half of all eight, max(...) the upper.
        fourth = greater(
            greater(lesser(a0, b3), lesser(a1, b2)), greater(lesser(a2, b1), lesser(a3, b0))
        )
        fifth = lesser(
            lesser(greater(a0, b3), greater(a1, b2)), lesser(greater(a2, b1), greater(a3, b0))
        )
        value = centre[j]
        median = cast(midpoint(fourth, fifth))
        change = cast(greater(value, median) - lesser(value, median))
        dst[j] = median if change > threshold else value


@kernel()
def _median8_rows(
    src: NDArray[Any], dst: NDArray[Any], down: int, right: int, threshold: Any
) -> None:
    for i in range(dst.shape[0]):
        _row(src[i], src[i + down], src[i + 2 * down], dst[i], right, threshold)


@kernel(inline="always")
def _vectors(
    work: Any, ins: Any, out: int, start: int, stop: int, threshold: Any, flip: int
) -> None:
    """The same on 32 columns at a time; ``flip`` makes unsigned values sort as signed ones."""
    limit, turned = i16(threshold), i16(flip)
    up, mid, low = ins[0], ins[2], ins[4]
    for at in range(2 * start, 2 * stop, 2 * LANES):
        a0, a1, a2, a3 = sorted_four(
            load_i16(work, up + at - SIDE) ^ turned,
            load_i16(work, up + at) ^ turned,
            load_i16(work, up + at + SIDE) ^ turned,
            load_i16(work, mid + at - SIDE) ^ turned,
        )
        b0, b1, b2, b3 = sorted_four(
            load_i16(work, mid + at + SIDE) ^ turned,
            load_i16(work, low + at - SIDE) ^ turned,
            load_i16(work, low + at) ^ turned,
            load_i16(work, low + at + SIDE) ^ turned,
        )
        fourth = most(most(least(a0, b3), least(a1, b2)), most(least(a2, b1), least(a3, b0)))
        fifth = least(least(most(a0, b3), most(a1, b2)), least(most(a2, b1), most(a3, b0)))
        median = mean_below(fourth, fifth)
        value = load_i16(work, mid + at) ^ turned
        change = most(value, median) - least(value, median)
        store(work, out + at, where(above_unsigned(change, limit), median, value) ^ turned)


@RowKernel
def _fixed_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """Int16 values. Constants: the threshold."""
    _vectors(work, ins, outs[0], start, stop, int(constants[0]), 0)


@RowKernel
def _codes_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """Uint16 codes. Constants: the threshold."""
    _vectors(work, ins, outs[0], start, stop, int(constants[0]), 0x8000)


@stage(
    kind="dpc",
    reference="The thresholded median of hardware ISPs; A. A. Tanbakuchi et al., Adaptive pixel defect "
    "correction, SPIE 5017 (2003)",
    cfas=BAYER_MONO,
    local=True,
)
def median8(meta: FrameMeta, *, threshold: Annotated[float, Field(ge=0, le=1)] = 0.02) -> LocalOp:
    """Replace a pixel by the median of its eight same-colour neighbours where it is far from it.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the frame; Bayer or mono.
    threshold : float
        Least distance from the median, as a fraction of the range white − black. The median of eight
        is the middle of the fourth and the fifth (whole codes: rounded down).
    """
    limit = range_fraction_dn(meta, threshold)
    op = neighbour_op(meta, f"median8(threshold={threshold})", _median8_rows, limit)
    return replace(op, rows=neighbour_rows(meta, _fixed_row, _codes_row, limit))
