"""Learned cluster inpainter, quality first: the mean of two networks and of two looks.

Windows round the marked pixels, packed to colour planes and encoded to be the same at any exposure, get a
short sparse Fourier fill; a small network of two scales adds what that misses and says how far it may be
off. See `stages.learned.clusternet`.

Reference: this project. Parts: B. Lim et al., *EDSR*, CVPRW 2017 (residual blocks); M. Schöberl et al.,
*Sparsity-based defect pixel compensation*, ICASSP 2011 (the first fill). The card beside the weights says
what they learned from.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.clusternet.shipped import GrainChoice, repair_with
from stages.learned.running.place import Running


@stage(
    kind="corrector",
    reference="residual network on the raw mosaic over a sparse Fourier fill; this project",
    cfas=BAYER,
    learned=True,
)
def cluster_large(
    frame: RawFrame,
    defects: DefectMap,
    *,
    grain: GrainChoice = "none",
    running: Running,
) -> Repair:
    """Repair clusters with the mean of two networks of the family; each looks twice.

    A weights file is used in place of both networks.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    grain : str
        ``none``: the expected value. ``match``: with noise like its surroundings.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    Repair
        With a spread for each value. Not repaired: pixels of a colour that the window knows nothing of.
    """
    return repair_with(
        ["cluster", "cluster_large"],
        frame,
        defects,
        grain,
        running,
        twice=True,
    )
