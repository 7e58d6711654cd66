"""OpenCV's edge-aware demosaicing, as a peer."""

from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field

from isp.frame import RawFrame, RgbFrame
from isp.registry import BAYER, stage

_MARGIN = 2  # even, so that the phase stays; OpenCV fills only the outermost pixel by copying


@stage("demosaic", reference="OpenCV, cv::demosaicing, COLOR_Bayer*_EA", cfas=BAYER)
def opencv_ea(
    frame: RawFrame,
    *,
    depth: Annotated[Literal[8, 16], Field(description="bits OpenCV works in")] = 16,
) -> RgbFrame:
    """OpenCV's edge-aware interpolation in 8 or 16 bit.

    The mosaic is scaled to OpenCV's integers, where it is clipped at black and at the common white,
    and back. OpenCV's older names for the phases (``BayerBG`` for RGGB) start at the second row and
    column; the names used here start at the first pixel, as everywhere in this program.

    Parameters
    ----------
    frame : RawFrame
        A Bayer mosaic.
    depth : int
        8 or 16 bit.

    Returns
    -------
    RgbFrame
        Camera RGB, float32, 0 at black and 1 at white.
    """
    top = 2**depth - 1
    range_dn = np.float32((frame.levels.white - frame.levels.black).min())
    unit = np.clip(frame.signal() / range_dn, 0.0, 1.0)
    codes = np.rint(unit * np.float32(top)).astype(np.uint8 if depth == 8 else np.uint16)
    padded = np.pad(codes, _MARGIN, mode="reflect")
    picture = cv2.cvtColor(padded, getattr(cv2, f"COLOR_Bayer{frame.cfa.name}2RGB_EA"))
    inside = picture[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    pixels = inside.astype(np.float32) / np.float32(top)
    out = frame.meta.then(f"opencv_ea(depth={depth})", dtype=pixels.dtype, space="camera")
    return RgbFrame(pixels, out)
