"""The Defect GAN's generative inpainter as it was meant: the whole frame, no map.

A generator trained on clean and damaged pictures at once, without a critic. What it changes by more than
a threshold takes its value; see `stages.learned.defectgan`.

Reference: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis, University of Oslo, 2023.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.defectgan.shipped import blind
from stages.learned.fullframe.place import DeviceChoice, PrecisionChoice, WeightsFile


@stage(
    kind="blind",
    reference="A. G. Vestengen, Improving image sensor performance by developing on-chip machine "
    "learning algorithms, Oslo 2023",
    cfas=BAYER,
)
def generative_inpainter_blind(
    frame: RawFrame,
    *,
    threshold: Annotated[
        float, Field(ge=0, le=1, description="least change that is taken, in encoded levels")
    ] = 0.1,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    weights: WeightsFile = "",
) -> tuple[RawFrame, DefectMap]:
    """Repair clusters without a map with the Defect GAN's generative inpainter.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    threshold : float
        A pixel takes the network's value where that differs by more than this in white-balanced,
        sRGB-encoded levels. 0: the whole frame is the network's, as in the thesis.
    device : str
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    weights : str
        A file that ``isp train`` wrote; the shipped one where empty.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were changed.
    """
    return blind("generative_inpainter", frame, threshold, weights, device, precision)
