"""What the on-the-fly defect blocks share: a pixel and its eight neighbours of the same colour.

The neighbours lie one period of the CFA away in each direction, so one source serves the four Bayer
phases and monochrome, and one source serves all dtypes. The kernels are written as rows of typed
slices with branch-free selects: LLVM then runs integer codes in vectors of their own width. (Numba's
``min``, ``max`` and a two-dimensional index both stop that, at a tenth of the speed.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.jit import kernel
from isp.local import LocalOp

Rows = Callable[..., None]


@kernel()
def lesser(a: Any, b: Any) -> Any:
    """The smaller of two values of one type, in that type."""
    return a if a < b else b


@kernel()
def greater(a: Any, b: Any) -> Any:
    """The larger of two values of one type, in that type."""
    return b if a < b else a


@kernel()
def sorted4(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any, Any, Any]:
    """Four values in rising order: the network of five comparators."""
    a, b = lesser(a, b), greater(a, b)
    c, d = lesser(c, d), greater(c, d)
    a, c = lesser(a, c), greater(a, c)
    b, d = lesser(b, d), greater(b, d)
    b, c = lesser(b, c), greater(b, c)
    return a, b, c, d


def midpoint(low: Any, high: Any) -> Any:
    """Half way from ``low`` to ``high``; whole codes are rounded down (inside kernels only)."""
    raise NotImplementedError("midpoint is for compiled code")


@overload(midpoint, strict=False)  # type: ignore[untyped-decorator]
def _midpoint(low: Any, high: Any) -> Callable[[Any, Any], Any]:
    if isinstance(low, types.Float):
        half = np.float32(0.5)
        return lambda low, high: (low + high) * half
    return lambda low, high: low + ((high - low) >> 1)


def range_fraction_dn(meta: FrameMeta, fraction: float) -> Any:
    """A fraction of the frame's range (white − black) in DN, as a value of the frame's dtype.

    Whole codes are rounded down, which leaves the test ``difference > threshold`` as it is.
    """
    threshold = fraction * float((meta.levels.white - meta.levels.black).max())
    if meta.dtype.kind == "u":
        threshold = min(np.floor(threshold), np.iinfo(meta.dtype).max)
    return meta.dtype.type(threshold)


def neighbour_op(meta: FrameMeta, step: str, rows: Rows, *constants: Any) -> LocalOp:
    """The strip operator of a kernel that looks at a pixel and its eight same-colour neighbours.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the input; Bayer or mono.
    step : str
        What to write to the provenance.
    rows : callable (src, dst, down, right, *constants) -> None
        The kernel; ``down`` and ``right`` are the distances to the nearest same-colour rows and
        columns, src has that much margin on all sides.
    *constants
        Further arguments, in the frame's dtype.
    """
    down, right = meta.cfa.period

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        rows(src, dst, down, right, *constants)

    return LocalOp(run, meta.then(step), above=down, below=down, side=right, border="plane")
