"""From a photograph (sRGB) back to a mosaic: what image collections become test material by.

Reference: T. Brooks, B. Mildenhall, T. Xue, J. Chen, D. Sharlet, J. T. Barron, *Unprocessing Images for
Learned Raw Denoising*, CVPR 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.errors import FrameError
from isp.frame import FrameMeta, RawFrame
from isp.levels import Levels
from isp.sensor import SensorLike
from isp.transfer import srgb_decoded

Picture = NDArray[np.float32]
BLACK_SHARE = 1 / 16  # of the codes
HIGHLIGHT_FROM = 0.9


def plain(picture: Picture, cfa: str = "RGGB", bits: int = 12) -> tuple[RawFrame, RawFrame]:
    """Make a mosaic by undoing the sRGB curve only: neutral, free of noise, black at a sixteenth.

    Parameters
    ----------
    picture : float32 array of shape (H, W, 3)
        sRGB-encoded, 0 to 1.
    cfa : str
        Colour filter array of the mosaic.
    bits : int
        Depth of the codes, 8 to 16; of 12 bits black is 256 and white 4095.

    Returns
    -------
    (RawFrame, RawFrame)
        uint16 codes, twice: without noise the frame is its own reference.

    Raises
    ------
    FrameError
        If the picture is no (H, W, 3) array, or the depth is out of range.
    """
    if not 8 <= bits <= 16:
        raise FrameError(f"A mosaic of a photograph has 8 to 16 bits; got {bits}.")
    black, white = 2.0**bits * BLACK_SHARE, 2.0**bits - 1
    linear = srgb_decoded(_checked(picture))
    pattern = Cfa.parse(cfa)
    mosaic = _sampled(linear, pattern)
    codes = np.rint(black + mosaic * (white - black)).astype(np.uint16)
    meta = FrameMeta(
        codes.shape,
        codes.dtype,
        pattern,
        Levels.of(black, white),
        provenance=("photograph (plain)",),
    )
    frame = RawFrame(codes, meta)
    return frame, frame


def unprocessed(
    picture: Picture, rng: np.random.Generator, camera: SensorLike, *, gain: float = 1.0
) -> tuple[RawFrame, RawFrame]:
    """Make a mosaic as a camera would have taken it: tone, colour and white balance undone, then noise.

    The tone curve is undone as a smooth step, the exposure is drawn anew, and highlights that the
    photograph has clipped are raised so that they saturate the sensor in all colours. Colour matrix,
    white balance and noise are those of the camera.

    Parameters
    ----------
    picture : float32 array of shape (H, W, 3)
        sRGB-encoded, 0 to 1.
    rng : Generator
        Exposure, individual sensor and noise.
    camera : SensorLike
        A sensor preset.
    gain : float
        Analogue gain, 1 = base.

    Returns
    -------
    (RawFrame, RawFrame)
        Codes with noise, and float32 DN without.

    Raises
    ------
    FrameError
        If the picture is no (H, W, 3) array.
    """
    value = np.clip(_checked(picture), 0, 1)
    toned = 0.5 - np.sin(np.arcsin(1 - 2 * value) / 3)
    scene = srgb_decoded(toned)
    scene *= _highlights(scene)[..., None]
    scene *= np.clip(rng.normal(0.9, 0.1), 0.5, 1.1)  # the exposure, about the metered one
    frame, reference = camera.expose_with_reference(scene.astype(np.float32), rng, gain=gain)
    return (
        frame.with_mosaic(frame.mosaic, "photograph (unprocessed)"),
        reference.with_mosaic(reference.mosaic, "photograph (unprocessed, without noise)"),
    )


def _highlights(scene: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor that lifts what is nearly white, up to threefold: less sensitive colours clip too."""
    near = np.clip((scene.mean(axis=2) - HIGHLIGHT_FROM) / (1 - HIGHLIGHT_FROM), 0, 1)
    return np.asarray(1 + 2 * near**2)


def _checked(picture: Picture) -> Picture:
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise FrameError(f"A photograph is an (H, W, 3) array; got {picture.shape}.")
    return picture


def _sampled(linear: NDArray[np.float64], cfa: Cfa) -> NDArray[np.float64]:
    """The colour of each site, (H, W); a monochrome array takes the luminance."""
    if cfa.family == "mono":
        return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))
    mosaic = np.empty(linear.shape[:2])
    rows, cols = cfa.period
    for i in range(rows):
        for j in range(cols):
            channel = CHANNEL_OF_SITE[cfa.site(i, j)]
            mosaic[i::rows, j::cols] = linear[i::rows, j::cols, channel]
    return mosaic
