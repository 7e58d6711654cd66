"""Rows of codes to whole numbers above black, and rows of whole numbers clipped."""

from __future__ import annotations

from typing import Any

from isp.jit import RowKernel
from stages.kernels.lanes import every_other_i16
from stages.kernels.vector import LANES, least, least_unsigned, load_i16, store


@RowKernel
def subtract_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """(code − black) · 2^bits, for uint16 codes; larger results than int16 holds become its largest.

    Constants: bits, then black at the even and at the odd columns of even rows and of odd rows, then
    in the same order the largest code to keep.
    """
    bits = int(constants[0])
    at = 1 + 2 * (row & 1)
    black = every_other_i16(int(constants[at]), int(constants[at + 1]))
    top = every_other_i16(int(constants[at + 4]), int(constants[at + 5]))
    source, result = ins[0], outs[0]
    for j in range(start, stop, LANES):
        codes = least_unsigned(load_i16(work, source + 2 * j), top)
        store(work, result + 2 * j, (codes - black) << bits)


@RowKernel
def limit_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """The lesser of int16 values and a limit.

    Constants: the limit at the even and at the odd columns of even rows, then of odd rows.
    """
    at = 2 * (row & 1)
    top = every_other_i16(int(constants[at]), int(constants[at + 1]))
    source, result = ins[0], outs[0]
    for j in range(start, stop, LANES):
        store(work, result + 2 * j, least(load_i16(work, source + 2 * j), top))
