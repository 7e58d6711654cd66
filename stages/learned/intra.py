"""Inpainting transformer: patches that hold defects, predicted from the patches round them.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022
(arXiv:2104.13897), made a corrector. See `stages.learned.inpainting_transformer`; the card beside the
weights says what they learned from.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.inpainting_transformer.repair import repair_patches
from stages.learned.running.place import Running


@stage(
    kind="corrector",
    reference="J. Pirnay, K. Chai, Inpainting transformer for anomaly detection, ICIAP 2022",
    cfas=BAYER,
    learned=True,
)
def intra(
    frame: RawFrame,
    defects: DefectMap,
    *,
    running: Running,
) -> Repair:
    """Repair clusters with an inpainting transformer on windows of 7×7 patches of the mosaic.

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
        With a spread for each value. Not repaired: pixels of a colour that the window knows nothing of.
    """
    return repair_patches(frame, defects, Engine.of(running))
