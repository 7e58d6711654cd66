"""AE without a map: its reconstruction wherever the frame is unlike it.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: G. E. Hinton, R. R. Salakhutdinov, *Reducing the dimensionality of data with neural networks*,
Science 313 (2006).
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import ResidualChoice, ThresholdChoice, blind_with
from stages.learned.running.place import ExactRunning


@stage(
    kind="blind",
    reference="G. E. Hinton, R. R. Salakhutdinov, Science 313 (2006)",
    cfas=BAYER,
    learned=True,
)
def ae_blind(
    frame: RawFrame,
    *,
    residual: ResidualChoice = "l1",
    threshold: ThresholdChoice = None,
    running: ExactRunning,
) -> tuple[RawFrame, DefectMap]:
    """Replace what a shallow autoencoder of strided convolutions does not reconstruct.

    The network sees the defects: what it makes of them is part of what is written.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    residual, threshold, running
        See `ae_detector`.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were replaced.
    """
    return blind_with("ae", frame, residual, threshold, running)
