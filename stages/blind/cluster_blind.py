"""Detection and repair of clusters together, when no map is given.

A small network looks at the whole mosaic and suspects; suspects are repaired from what is left by the
network of `cluster`, and those stay that the repair does not explain, the odds of both weighed against
each other. See `stages.learned.finder`.

Reference: this project. Parts: O. Ronneberger et al., *U-Net*, MICCAI 2015; outliers in units of the
noise after A. Foi et al., IEEE TIP 17 (2008). The cards beside the weights say what they learned from.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.finder.blind import find_and_repair
from stages.learned.fullframe.place import Device, PrecisionChoice


@stage(
    kind="blind",
    reference="U-Net detector verified by the repair network's own spread; this project",
    cfas=BAYER,
)
def cluster_blind(
    frame: RawFrame,
    *,
    threshold: Annotated[
        float, Field(ge=-3, le=8, description="least log odds of a defect; lower finds more")
    ] = 2.0,
    device: Annotated[Device, Field(description="where the networks run")] = "auto",
    precision: PrecisionChoice = "auto",
    weights: Annotated[
        str, Field(description="weights of the repair; the shipped ones where empty")
    ] = "",
    finder: Annotated[
        str, Field(description="weights of the detection; the shipped ones where empty")
    ] = "",
) -> tuple[RawFrame, DefectMap]:
    """Find clusters and single defects in one frame and repair them.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype. Only the active area is looked at.
    threshold : float
        Least logarithm of the odds that a pixel is defective.
    device : str
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    weights, finder : str
        Files that ``isp train cluster`` and ``isp train cluster_blind`` wrote.

    Returns
    -------
    (RawFrame, DefectMap)
        The repaired frame and what was found; severity is the distance from the repair.
    """
    return find_and_repair(frame, threshold, device, precision, weights, finder)
