"""The Defect GAN's generative inpainter as it was meant: the whole frame, no map.

A generator trained on clean and damaged pictures at once, without a critic. What it changes by more than
a threshold takes its value; see `stages.learned.defectgan`.

Reference: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis, University of Oslo, 2023.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.defectgan.shipped import LeastChange, blind
from stages.learned.running.place import Running


@stage(
    kind="blind",
    reference="A. G. Vestengen, Improving image sensor performance by developing on-chip machine "
    "learning algorithms, Oslo 2023",
    cfas=BAYER,
    learned=True,
)
def generative_inpainter_blind(
    frame: RawFrame,
    *,
    threshold: LeastChange = 0.1,
    running: Running,
) -> tuple[RawFrame, DefectMap]:
    """Repair clusters without a map with the Defect GAN's generative inpainter.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    threshold : float
        A pixel takes the network's value where that differs by more than this in white-balanced,
        sRGB-encoded levels. 0: the whole frame is the network's, as in the thesis.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were changed.
    """
    return blind("generative_inpainter", frame, threshold, running)
