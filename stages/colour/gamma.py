"""Transfer functions: linear light to display codes."""

from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from pydantic import Field

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from stages.kernels.curve import curve_strip, curve_table

Curve = Literal["srgb", "bt709", "power", "identity"]
Output = Literal["uint8", "uint16", "float32"]


@stage(
    "colour",
    reference="IEC 61966-2-1:1999 (sRGB); ITU-R BT.709-6; through colour-science",
    local=True,
)
def gamma(
    meta: FrameMeta,
    *,
    curve: Annotated[Curve, Field(description="transfer function")] = "srgb",
    exponent: Annotated[
        float, Field(gt=0, le=10, description="of power: light^(1/exponent)")
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
        Of ``power`` only.
    output : str
        dtype of the result: whole range of codes, rounded, or float32 in [0, 1].

    Returns
    -------
    LocalOp
        Picture to picture, in display codes.
    """
    table = _table(curve, exponent if curve == "power" else 1.0)
    dtype = np.dtype(output)
    scale = float32(1.0 if dtype.kind == "f" else np.iinfo(dtype).max)
    add = float32(0.0 if dtype.kind == "f" else 0.5)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        curve_strip(src, dst, table, scale, add)

    shown = f"power {exponent}" if curve == "power" else curve
    return LocalOp(run, meta.then(f"gamma({shown}, {output})", dtype=dtype, space="display"))


@cache
def _table(curve: Curve, exponent: float) -> NDArray[np.float32]:
    if curve == "identity":
        return curve_table(lambda light: light)
    from colour import models  # late: half a second that only these curves need

    functions = {
        "srgb": models.eotf_inverse_sRGB,
        "bt709": models.oetf_BT709,
        "power": lambda light: models.gamma_function(light, 1.0 / exponent),
    }
    return curve_table(lambda light: np.asarray(functions[curve](light), np.float64))
