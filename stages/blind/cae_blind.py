"""CAE without a map: its reconstruction wherever the frame is unlike it.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: J. Masci, U. Meier, D. Cireşan, J. Schmidhuber, *Stacked convolutional auto-encoders for
hierarchical feature extraction*, ICANN 2011.
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import blind_with
from stages.learned.autoencoders.residual import Residual
from stages.learned.fullframe.place import DeviceChoice, PrecisionChoice, WeightsFile


@stage(
    kind="blind",
    reference="J. Masci et al., Stacked convolutional auto-encoders, ICANN 2011",
    cfas=BAYER,
)
def cae_blind(
    frame: RawFrame,
    *,
    residual: Annotated[
        Residual, Field(description="l1: difference in noise; ssim: structure of windows")
    ] = "l1",
    threshold: Annotated[
        float | None, Field(gt=0, description="of the residual; calibrated where not given")
    ] = None,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "float32",
    weights: WeightsFile = "",
) -> tuple[RawFrame, DefectMap]:
    """Replace what an autoencoder that pools and unpools does not reconstruct.

    The network sees the defects: what it makes of them is part of what is written.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase, dtype and size.
    residual, threshold, device, precision, weights
        See `cae_detector`.

    Returns
    -------
    (RawFrame, DefectMap)
        The frame, and the pixels that were replaced.
    """
    return blind_with("cae", frame, residual, threshold, weights, device, precision)
