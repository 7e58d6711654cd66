"""Biharmonic fill: the least bent plate over the hole, in each colour plane.

Reference: S. B. Damelin and N. S. Hoang, *On surface completion and image inpainting by biharmonic
functions: numerical aspects*, International Journal of Mathematics and Mathematical Sciences, 2018.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER_MONO, stage
from isp.repair import Repair
from stages.kernels.diffusion import fill_by_diffusion
from stages.kernels.encoding import Encoding


@stage(
    kind="corrector",
    reference="Damelin and Hoang, On surface completion and image inpainting by biharmonic functions,"
    " 2018",
    cfas=BAYER_MONO,
)
def biharmonic(
    frame: RawFrame,
    defects: DefectMap,
    *,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
) -> Repair:
    """Solution of the bi-Laplace equation in each hole of each colour plane.

    Parameters
    ----------
    frame : RawFrame
        Bayer (Gr and Gb apart) or mono, any dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    encoding : str
        ``linear``, ``sqrt`` or ``srgb``: the curve that values are filled on.

    Returns
    -------
    Repair
        Not repaired: holes that no good pixel borders on.
    """
    return fill_by_diffusion(frame, defects, 2, encoding)
