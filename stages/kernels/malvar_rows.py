"""The filters of Malvar, He and Cutler on rows of whole numbers (see `stages.kernels.malvar`).

The sums are whole numbers and exact; gains and sixteenths come in with one multiplication each. The
even and the odd columns are worked on apart, so each site pays for its own filters only.
"""

from __future__ import annotations

from typing import Any

from isp.jit import RowKernel, kernel
from stages.kernels.lanes import evens, odds
from stages.kernels.vector import LANES, f32, fused, load_i16, store, to_float

SIDE = 4  # bytes of the two columns of margin


@kernel(inline="always")
def _at_chroma(sums: Any) -> Any:
    """Sums at a red or blue site: itself, nearest greens, the other chroma, its own curvature."""
    value, across1, across2, along1, along2, corners = sums
    bent = (value << 2) - (across2 + along2)
    return to_float(value), to_float(across1 + along1), to_float(corners), to_float(bent)


@kernel(inline="always")
def _at_green(sums: Any) -> Any:
    """Sums at a green site: itself, chroma across and along, sixteenths of green for each of both."""
    value, across1, across2, along1, along2, corners = sums
    flat = ((value << 2) + value - corners) << 1
    for_across = flat - (across2 << 1) + along2
    for_along = flat - (along2 << 1) + across2
    return (
        to_float(value),
        to_float(across1),
        to_float(along1),
        to_float(for_across),
        to_float(for_along),
    )


@kernel(inline="always")
def _sums(work: Any, ins: Any, at: int) -> Any:
    """Sums over the 5×5 neighbourhood of 32 columns, for the even and for the odd ones."""
    left, mid, right = (
        load_i16(work, ins[2] + at - SIDE),
        load_i16(work, ins[2] + at),
        load_i16(work, ins[2] + at + SIDE),
    )
    upper, lower = load_i16(work, ins[1] + at), load_i16(work, ins[3] + at)
    upper_left, lower_left = load_i16(work, ins[1] + at - SIDE), load_i16(work, ins[3] + at - SIDE)
    upper_right, lower_right = (
        load_i16(work, ins[1] + at + SIDE),
        load_i16(work, ins[3] + at + SIDE),
    )
    top, bottom = load_i16(work, ins[0] + at), load_i16(work, ins[4] + at)
    near_even, near_odd = evens(upper) + evens(lower), odds(upper) + odds(lower)
    near_before = odds(upper_left) + odds(lower_left)
    near_after = evens(upper_right) + evens(lower_right)
    even, odd, before, after = evens(mid), odds(mid), odds(left), evens(right)
    at_even = (
        even,
        before + odd,
        evens(left) + after,
        near_even,
        evens(top) + evens(bottom),
        near_before + near_odd,
    )
    at_odd = (
        odd,
        even + after,
        before + odds(right),
        near_odd,
        odds(top) + odds(bottom),
        near_even + near_after,
    )
    return at_even, at_odd


@kernel(inline="always")
def _write_chroma(work: Any, own: int, green: int, missing: int, sums: Any, unit: Any) -> None:
    value, greens, corners, bent = _at_chroma(sums)
    u_own, u_green, u_missing = unit
    store(work, own, value * f32(u_own * 16))
    store(work, green, fused(greens, f32(u_green * 4), bent * f32(u_own * 2)))
    store(work, missing, fused(corners, f32(u_missing * 4), bent * f32(u_own * 3)))


@kernel(inline="always")
def _write_green(work: Any, own: int, green: int, missing: int, sums: Any, unit: Any) -> None:
    value, across, along, for_across, for_along = _at_green(sums)
    u_own, u_green, u_missing = unit
    store(work, own, fused(across, f32(u_own * 8), for_across * f32(u_green)))
    store(work, green, value * f32(u_green * 16))
    store(work, missing, fused(along, f32(u_missing * 8), for_along * f32(u_green)))


@RowKernel
def malvar_row_exact(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """One row of whole numbers to rows of R, G and B.

    Constants: row and column parity of the red sites, then what one step is of the output's unit in
    red, green and blue, over 16.
    """
    on_red = (row & 1) == int(constants[0])
    chroma_even = int(constants[1]) == 0
    own, green, missing, unit = (
        outs[0],
        outs[1],
        outs[2],
        (constants[2], constants[3], constants[4]),
    )
    if not on_red:
        own, missing = missing, own
        chroma_even = not chroma_even
        unit = (constants[4], constants[3], constants[2])
    if chroma_even:
        for j in range(start, stop, LANES):
            at_even, at_odd = _sums(work, ins, 2 * j)
            at = 4 * j
            _write_chroma(work, own + at, green + at, missing + at, at_even, unit)
            _write_green(work, own + at + 64, green + at + 64, missing + at + 64, at_odd, unit)
    else:
        for j in range(start, stop, LANES):
            at_even, at_odd = _sums(work, ins, 2 * j)
            at = 4 * j
            _write_green(work, own + at, green + at, missing + at, at_even, unit)
            _write_chroma(work, own + at + 64, green + at + 64, missing + at + 64, at_odd, unit)
