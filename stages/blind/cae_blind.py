"""CAE without a map: its reconstruction wherever the frame is unlike it.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: J. Masci, U. Meier, D. Cireşan, J. Schmidhuber, *Stacked convolutional auto-encoders for
hierarchical feature extraction*, ICANN 2011.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import ResidualChoice, ThresholdChoice, blind_with
from stages.learned.running.place import ExactRunning


@stage(
    kind="blind",
    reference="J. Masci et al., Stacked convolutional auto-encoders, ICANN 2011",
    cfas=BAYER,
    learned=True,
)
def cae_blind(
    frame: RawFrame,
    *,
    residual: ResidualChoice = "l1",
    threshold: ThresholdChoice = None,
    running: ExactRunning,
) -> tuple[RawFrame, DefectMap]:
    """Replace what an autoencoder that pools and unpools does not reconstruct.

    The network sees the defects: what it makes of them is part of what is written.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    residual, threshold, running
        See `cae_detector`.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were replaced.
    """
    return blind_with("cae", frame, residual, threshold, running)
