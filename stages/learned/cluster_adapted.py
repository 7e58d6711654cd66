"""Learned cluster inpainter that learns on from the frame itself before it repairs it: best, and slow.

The networks of `cluster_large`. Every scene has its own texture, every lens its own blur, every sensor
its own noise, and most of a frame is known: so the networks first practise on its good pixels, under the
holes that its own map has. Nothing is kept from one frame to the next. See `stages.learned.clusternet`.

Reference: this project. Parts: A. Shocher, N. Cohen, M. Irani, *"Zero-shot" super-resolution using deep
internal learning*, CVPR 2018; Y. Sun et al., *Test-time training with self-supervision for generalization
under distribution shifts*, ICML 2020; and those of `cluster_large`.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.clusternet.shipped import GrainChoice, repair_adapted
from stages.learned.running.place import Running


@stage(
    kind="corrector",
    reference="networks of cluster_large, learning on from each frame (Shocher et al., 2018)",
    cfas=BAYER,
    learned=True,
)
def cluster_adapted(
    frame: RawFrame,
    defects: DefectMap,
    *,
    steps: Annotated[
        int, Field(ge=0, le=20_000, description="of learning from the frame, 64 windows each")
    ] = 300,
    grain: GrainChoice = "none",
    running: Running,
) -> Repair:
    """Repair clusters with networks that first learn on from the frame's own good pixels.

    A weights file is used in place of both networks. Learning takes seconds, however many defects there
    are, and runs on the CPU; it follows the frame, the map and the weights alone.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype. Frames of less than 42 pixels a side are repaired as by
        `cluster_large`.
    defects : DefectMap
        Marked pixels; none of them is used.
    steps : int
        Of learning; 0 repairs as `cluster_large` does.
    grain : str
        ``none``: the expected value. ``match``: with noise like its surroundings.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    Repair
        With a spread for each value. Not repaired: pixels of a colour that the window knows nothing of.
    """
    return repair_adapted(["cluster", "cluster_large"], frame, defects, grain, running, steps)
