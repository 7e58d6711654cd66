"""Detection and repair by one inpainting transformer, without a map.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022
(arXiv:2104.13897).
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import apply_repair
from stages.learned.inpainting_transformer.detection import (
    EvidenceChoice,
    ThresholdChoice,
    calibrated,
    find,
)
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.inpainting_transformer.repair import repair_patches
from stages.learned.running.place import Running


@stage(
    kind="blind",
    reference="J. Pirnay, K. Chai, Inpainting transformer for anomaly detection, ICIAP 2022",
    cfas=BAYER,
    learned=True,
)
def intra_blind(
    frame: RawFrame,
    *,
    evidence: EvidenceChoice = "spread",
    threshold: ThresholdChoice = None,
    running: Running,
) -> tuple[RawFrame, DefectMap]:
    """Find what does not fit its surroundings and inpaint it, as `intra_detector` and `intra` do.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    evidence, threshold, running
        See `intra_detector`.

    Returns
    -------
    RawFrame, DefectMap
        The repaired frame, and what was found.
    """
    engine = Engine.of(running)
    least = calibrated(engine, evidence) if threshold is None else threshold
    defects = find(frame, engine, evidence, least)
    repair = repair_patches(frame, defects, engine)
    return apply_repair(frame, defects, repair, "intra_blind"), defects
