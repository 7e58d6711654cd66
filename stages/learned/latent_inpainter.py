"""The Defect GAN's latent inpainter, given the map.

A generator trained with a critic and towards the features of a frozen autoencoder. It is not told where
the damage is: windows round the marked pixels go through it with those pixels painted over, and only they
take its values. See `stages.learned.defectgan`.

Reference: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis, University of Oslo, 2023.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.defectgan.shipped import OwnRunning, masked


@stage(
    kind="corrector",
    reference="A. G. Vestengen, Improving image sensor performance by developing on-chip machine "
    "learning algorithms, Oslo 2023",
    cfas=BAYER,
    learned=True,
)
def latent_inpainter(
    frame: RawFrame,
    defects: DefectMap,
    *,
    running: OwnRunning,
) -> Repair:
    """Repair marked pixels with the Defect GAN's latent inpainter.

    The cost follows the defects. Needs a weights file: none ships.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    running : OwnRunning
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    Repair
        Not repaired: pixels of a colour that their window knows nothing of.

    Raises
    ------
    StageError
        If no weights are given.
    """
    return masked("latent_inpainter", frame, defects, running)
