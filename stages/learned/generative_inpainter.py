"""The Defect GAN's generative inpainter, given the map.

A generator trained on clean and damaged pictures at once, without a critic. It is not told where the
damage is: windows round the marked pixels go through it with those pixels painted over, and only they
take its values. See `stages.learned.defectgan`.

Reference: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis, University of Oslo, 2023.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.defectgan.shipped import masked
from stages.learned.running.place import Running


@stage(
    kind="corrector",
    reference="A. G. Vestengen, Improving image sensor performance by developing on-chip machine "
    "learning algorithms, Oslo 2023",
    cfas=BAYER,
    learned=True,
)
def generative_inpainter(
    frame: RawFrame,
    defects: DefectMap,
    *,
    running: Running,
) -> Repair:
    """Repair marked pixels with the Defect GAN's generative inpainter.

    The cost follows the defects.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    Repair
        Not repaired: pixels of a colour that their window knows nothing of.
    """
    return masked("generative_inpainter", frame, defects, running)
