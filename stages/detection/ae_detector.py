"""Defects as what a strided autoencoder, trained on undamaged pictures, does not reconstruct.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: G. E. Hinton, R. R. Salakhutdinov, *Reducing the dimensionality of data with neural networks*,
Science 313 (2006).
"""

from isp.defects import DefectMap
from isp.exchange import FrameSet
from isp.registry import BAYER, stage
from stages.learned.autoencoders.detection import ResidualChoice, ThresholdChoice, detect_with
from stages.learned.running.place import ExactRunning


@stage(
    kind="detector",
    reference="G. E. Hinton, R. R. Salakhutdinov, Science 313 (2006)",
    cfas=BAYER,
    learned=True,
    frames=("scene",),
)
def ae_detector(
    frames: FrameSet,
    *,
    residual: ResidualChoice = "l1",
    threshold: ThresholdChoice = None,
    running: ExactRunning,
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
    running : ExactRunning
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    DefectMap
        Severity is the distance from the reconstruction.
    """
    return detect_with("ae", frames, residual, threshold, running)
