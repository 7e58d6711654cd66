"""Defects as what a strided autoencoder, trained on undamaged pictures, does not reconstruct.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: G. E. Hinton, R. R. Salakhutdinov, *Reducing the dimensionality of data with neural networks*,
Science 313 (2006).
"""

from typing import Annotated

from pydantic import Field

from isp.defects import DefectMap
from isp.exchange import FrameSet
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import detect_with
from stages.learned.autoencoders.residual import Residual
from stages.learned.fullframe.place import DeviceChoice, PrecisionChoice, WeightsFile


@stage(
    kind="detector", reference="G. E. Hinton, R. R. Salakhutdinov, Science 313 (2006)", cfas=BAYER
)
def ae_detector(
    frames: FrameSet,
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
) -> DefectMap:
    """Find defects in a scene: what a strided autoencoder does not reconstruct.

    Parameters
    ----------
    frames : FrameSet
        Scenes (each is judged, the maps are united); where there is none, its darks or flats. The noise
        model is the frame's own, else estimated from the frame.
    residual : str
        ``l1``: absolute difference in sigma of the noise. ``ssim``: 1 − structural similarity of windows
        of one colour plane. Both over what is usual round the pixel.
    threshold : float, optional
        Least residual; where not given, the one that the weights file keeps from clean frames, reached
        by 100 pixels in a million there.
    device : str
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision : str
        ``float32``, since bfloat16 rounds at the height of a sensor's noise; ``bfloat16`` or ``auto``.
    weights : str
        A file that ``isp train ae`` wrote.

    Returns
    -------
    DefectMap
        Severity is the distance from the reconstruction.
    """
    return detect_with("ae", frames, residual, threshold, weights, device, precision)
