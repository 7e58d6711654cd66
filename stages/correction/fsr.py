"""Frequency-selective reconstruction: a sparse Fourier model of the mosaic round each cluster.

References: Schöberl, Seiler, Bloss, Foessel, Kaup, "Sparsity-based defect pixel compensation for
arbitrary camera raw images", ICASSP 2011, 1257–1260; Seiler, Jonscher, Schöberl, Kaup, "Resampling images
to a regular grid from a non-regular subset of pixel positions using frequency selective reconstruction",
IEEE Transactions on Image Processing 24(11), 2015, 4540–4555.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import stage
from isp.repair import Repair
from stages.kernels.encoding import Encoding
from stages.kernels.fsr import fsr_values
from stages.kernels.fsr_windows import Settings


@stage(
    kind="corrector",
    reference="Schöberl et al., ICASSP 2011; Seiler et al., IEEE TIP 24(11), 2015",
)
def fsr(
    frame: RawFrame,
    defects: DefectMap,
    *,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
    iterations: Annotated[
        int, Field(ge=1, le=5000, description="most Fourier functions per window")
    ] = 300,
    decay: Annotated[float, Field(gt=0, lt=1, description="loss of trust per pixel")] = 0.7,
    step: Annotated[float, Field(gt=0, le=1, description="part of a coefficient per step")] = 0.3,
    reuse: Annotated[float, Field(ge=0, le=1, description="trust in pixels filled before")] = 0.3,
) -> Repair:
    """Sparse Fourier model of the mosaic round each cluster, all colours in one model.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    encoding : str
        Curve that white-balanced values are filled on.
    iterations : int
        Largest number of functions that a window's model is built of.
    decay : float
        Weight of a good pixel falls by this factor per pixel of distance.
    step : float
        Part of an estimated coefficient that joins the model at once.
    reuse : float
        Weight of pixels filled before, in clusters of more than one tile.

    Returns
    -------
    Repair
        Not repaired: pixels whose colour has no good pixel in reach.
    """
    settings = Settings(iterations, decay, step, reuse)
    values, done = fsr_values(frame, defects, settings, encoding)
    return Repair(values, done)
