"""Learned cluster inpainter, quality first: two networks, each window seen in a mirror too.

Windows round the marked pixels, packed to colour planes and encoded to be the same at any exposure, get a
short sparse Fourier fill; a small U-Net adds what that misses and says how far it may be off. See
`stages.learned.clusternet`.

Reference: this project. Parts: O. Ronneberger et al., *U-Net*, MICCAI 2015; M. Schöberl et al.,
*Sparsity-based defect pixel compensation*, ICASSP 2011 (the first fill). The card beside the weights says
what they learned from.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.clusternet.shipped import Grain, repair_with
from stages.learned.fullframe.place import DeviceChoice, PrecisionChoice, WeightsFile


@stage(
    kind="corrector",
    reference="U-Net on the raw mosaic over a sparse Fourier fill; this project",
    cfas=BAYER,
)
def cluster_large(
    frame: RawFrame,
    defects: DefectMap,
    *,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    grain: Annotated[
        Grain, Field(description="match: repaired pixels get the noise of the frame")
    ] = "none",
    weights: WeightsFile = "",
) -> Repair:
    """Repair clusters with the mean of two networks of the family and of two looks.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    device : str
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``; pictures agree within 0.05 dB.
    grain : str
        ``none``: the expected value. ``match``: with noise like its surroundings.
    weights : str
        A file that ``isp train`` wrote, used in place of both networks.

    Returns
    -------
    Repair
        With a spread for each value. Not repaired: pixels of a colour that the window knows nothing of.
    """
    return repair_with(
        ["cluster", "cluster_large"],
        frame,
        defects,
        device,
        precision,
        grain,
        weights,
        mirrored=True,
    )
