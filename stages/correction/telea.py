"""Fast-marching inpainting in each colour plane (OpenCV).

Reference: A. Telea, *An image inpainting technique based on the fast marching method*, Journal of
Graphics Tools 9, 2004; the implementation is OpenCV's.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER_MONO, stage
from isp.repair import Repair
from stages.kernels.encoding import Encoding
from stages.kernels.opencv import opencv_fill
from stages.kernels.planes import fill_planes


@stage(
    kind="corrector",
    reference="Telea, An image inpainting technique based on the fast marching method, 2004",
    cfas=BAYER_MONO,
)
def telea(
    frame: RawFrame,
    defects: DefectMap,
    *,
    radius_px: Annotated[int, Field(ge=1, le=16, description="neighbourhood, plane pixels")] = 2,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
) -> Repair:
    """Weighted mean of known pixels, from the rim inwards by fast marching (OpenCV, each plane).

    Parameters
    ----------
    frame : RawFrame
        Bayer (Gr and Gb apart) or mono, any dtype; filled as float32.
    defects : DefectMap
        Marked pixels; none of them is used.
    radius_px : int
        Neighbourhood of each filled pixel, in pixels of its colour plane.
    encoding : str
        ``linear``, ``sqrt`` or ``srgb``: the curve that values are filled on.

    Returns
    -------
    Repair
        Not repaired: holes in whose neighbourhood their plane has no good pixel.
    """
    fill = opencv_fill("telea", radius_px)
    return fill_planes(frame, defects, fill, margin=2 * radius_px + 4, encoding=encoding)
