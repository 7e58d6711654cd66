"""MemAE without a map: its reconstruction wherever the frame is unlike it.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: D. Gong et al., *Memorizing normality to detect anomaly: memory-augmented deep autoencoder for
unsupervised anomaly detection*, ICCV 2019.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import ResidualChoice, ThresholdChoice, blind_with
from stages.learned.running.place import ExactRunning


@stage(
    kind="blind",
    reference="D. Gong et al., Memorizing normality to detect anomaly, ICCV 2019",
    cfas=BAYER,
    learned=True,
)
def memae_blind(
    frame: RawFrame,
    *,
    residual: ResidualChoice = "l1",
    threshold: ThresholdChoice = None,
    running: ExactRunning,
) -> tuple[RawFrame, DefectMap]:
    """Replace what an autoencoder with a memory of normal patterns does not reconstruct.

    The network sees the defects: what it makes of them is part of what is written.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    residual, threshold, running
        See `memae_detector`.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were replaced.
    """
    return blind_with("memae", frame, residual, threshold, running)
