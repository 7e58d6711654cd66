"""Harmonic fill: the smoothest membrane over the hole, in each colour plane.

Reference: Laplace's equation with the rim as boundary values, as used for image completion by Bertalmio,
Sapiro, Caselles and Ballester (*Image inpainting*, SIGGRAPH 2000, the isotropic diffusion case).
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
    reference="Laplace's equation on the hole; Bertalmio et al., Image inpainting, SIGGRAPH 2000",
    cfas=BAYER_MONO,
)
def harmonic(
    frame: RawFrame,
    defects: DefectMap,
    *,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
) -> Repair:
    """Solution of Laplace's equation in each hole of each colour plane.

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
    return fill_by_diffusion(frame, defects, 1, encoding)
