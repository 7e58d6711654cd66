"""Transfer functions: linear light to display codes."""

from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from pydantic import Field

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from isp.rows import RowFormat, RowOp, constants
from stages.kernels.code_curve import code_row, code_strip, code_table
from stages.kernels.curve import Curve, curve_strip

Name = Literal["srgb", "bt709", "power", "identity"]
Output = Literal["uint8", "uint16", "float32"]


def _curve(start: float, slope: float, factor: float, power: float, minus: float) -> Curve:
    return Curve(*(float32(value) for value in (start, slope, factor, power, minus)))


def _power(exponent: float) -> Curve:
    """A pure power law; what is too small for a normal float becomes 0."""
    return _curve(float(np.finfo(float32).tiny), 0.0, 1.0, 1.0 / exponent, 0.0)


_CURVES: Final = {
    "srgb": _curve(0.0031308, 12.92, 1.055, 1.0 / 2.4, 0.055),
    "bt709": _curve(0.018, 4.5, 1.099, 0.45, 0.099),
    "identity": _curve(2.0, 1.0, 1.0, 1.0, 0.0),
}


@stage(
    "colour",
    reference="IEC 61966-2-1:1999 (sRGB); ITU-R BT.709-6",
    local=True,
)
def gamma(
    meta: FrameMeta,
    *,
    curve: Annotated[Name, Field(description="transfer function")] = "srgb",
    exponent: Annotated[
        float, Field(ge=1, le=10, description="of power: light^(1/exponent)")
    ] = 2.2,
    output: Annotated[Output, Field(description="type of the codes")] = "uint8",
) -> LocalOp:
    """Encode linear light for display, clipped to [0, 1], as 8- or 16-bit codes or floats.

    Parameters
    ----------
    meta : FrameMeta
        A linear picture, 1 = white.
    curve : str
        ``srgb``, ``bt709``, ``power`` or ``identity``.
    exponent : float
        Of ``power`` only: light^(1/exponent), 1 to 10.
    output : str
        dtype of the result: whole range of codes, rounded, or float32 in [0, 1].

    Returns
    -------
    LocalOp
        Picture to picture, in display codes.
    """
    numbers = _CURVES[curve] if curve != "power" else _power(exponent)
    dtype = np.dtype(output)
    scale = float32(1.0 if dtype.kind == "f" else np.iinfo(dtype).max)
    add = float32(0.0 if dtype.kind == "f" else 0.5)

    in_codes = meta.dtype == np.float32 and dtype == np.uint8
    table = _codes_of(numbers) if in_codes else None

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        if table is None:
            curve_strip(src, dst, numbers, scale, add)
        else:
            code_strip(src.reshape(-1), dst.reshape(-1), table)

    def rows(given: RowFormat) -> RowOp | None:
        if given.lanes != "planes" or table is None:
            return None
        return RowOp(RowFormat("bytes"), code_row, constants(table, given.matrix))

    shown = f"power {exponent}" if curve == "power" else curve
    out = meta.then(f"gamma({shown}, {output})", dtype=dtype, space="display")
    return LocalOp(run, out, rows=rows)


@lru_cache(maxsize=8)
def _codes_of(curve: Curve) -> NDArray[float32] | None:
    """Cubics for 8-bit codes, None for a curve that needs more."""
    start, slope, factor, power, minus = (float(value) for value in curve)

    def shape(light: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(light < start, slope * light, factor * light**power - minus)

    return code_table(shape)
