"""Detection and repair of clusters together, when no map is given.

A small network looks at the whole mosaic and says of each pixel how likely it is defective. Suspects that
lie together are judged as one; of small ones the network of `cluster` is asked whether their surroundings
explain them. What is found it repairs. See `stages.learned.finder`.

Reference: this project. Parts: O. Ronneberger et al., *U-Net*, MICCAI 2015; outliers in units of the
noise after A. Foi et al., IEEE TIP 17 (2008). The cards beside the weights say what they learned from.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.params import FilePath
from isp.registry import BAYER, stage
from stages.learned.finder.blind import find_and_repair
from stages.learned.running.place import Running


@stage(
    kind="blind",
    reference="U-Net detector, small finds verified by the repair network's own spread; this project",
    cfas=BAYER,
    learned=True,
)
def cluster_blind(
    frame: RawFrame,
    *,
    threshold: Annotated[
        float, Field(ge=-3, le=12, description="least log odds of a defect; lower finds more")
    ] = 5.0,
    finder: Annotated[
        FilePath, Field(description="weights of the detection; the shipped ones where empty")
    ] = "",
    running: Running,
) -> tuple[RawFrame, DefectMap]:
    """Find clusters and single defects in one frame and repair them.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype. Only the active area is looked at.
    threshold : float
        Least logarithm of the odds of a cluster, or of a single defective pixel.
    finder : str
        A file that ``isp train cluster_blind`` wrote.
    running : Running
        Device, precision and weights, of the repair: fields of the set are parameters of the stage.

    Returns
    -------
    (RawFrame, DefectMap)
        The repaired frame and what was found; severity is the distance from the repair.
    """
    return find_and_repair(frame, threshold, finder, running)
