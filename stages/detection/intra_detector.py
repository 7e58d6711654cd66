"""Defects as what an inpainting transformer would not have put there.

Reference: J. Pirnay, K. Chai, *Inpainting transformer for anomaly detection*, ICIAP 2022
(arXiv:2104.13897).
"""

from isp.defects import DefectMap
from isp.exchange import FrameSet
from isp.registry import BAYER, stage
from stages.learned.inpainting_transformer.detection import (
    EvidenceChoice,
    ThresholdChoice,
    calibrated,
    find,
)
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.running.place import Running


@stage(
    kind="detector",
    reference="J. Pirnay, K. Chai, Inpainting transformer for anomaly detection, ICIAP 2022",
    cfas=BAYER,
    learned=True,
    frames=("scene",),
)
def intra_detector(
    frames: FrameSet,
    *,
    evidence: EvidenceChoice = "spread",
    threshold: ThresholdChoice = None,
    running: Running,
) -> DefectMap:
    """Find defects in a scene: every patch is predicted from its surroundings and compared.

    Parameters
    ----------
    frames : FrameSet
        Scenes (each is judged, the maps are united); where there is none, its darks or flats.
    evidence : str
        ``spread``: distance from the prediction in deviations that the network expects there. ``gms``:
        gradient magnitude distance at scales 1/2 and 1/4, as in the paper; finds where something is
        wrong rather than which pixel.
    threshold : float, optional
        Least evidence; where not given, the one that the weights file keeps from clean frames.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    DefectMap
        Severity is the distance from the predicted level.
    """
    engine = Engine.of(running)
    least = calibrated(engine, evidence) if threshold is None else threshold
    found = [find(frame, engine, evidence, least) for frame in frames.scene or frames.all]
    return found[0].united(found[1:]).labelled() if len(found) > 1 else found[0]
