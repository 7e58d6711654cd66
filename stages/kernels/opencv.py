"""OpenCV's inpainting as a fill of encoded planes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stages.kernels.planes import Fill

SCALE = 255.0  # OpenCV's methods hold constants that suit 8-bit levels


def opencv_fill(method: Literal["navier_stokes", "telea"], radius_px: int) -> Fill:
    """Fill for `stages.kernels.planes.fill_planes`.

    Parameters
    ----------
    method : str
        Which of ``cv2.inpaint``'s methods.
    radius_px : int
        Its neighbourhood, in pixels of a plane.
    """
    import cv2

    flag = cv2.INPAINT_NS if method == "navier_stokes" else cv2.INPAINT_TELEA

    def fill(values: NDArray[np.float32], holes: NDArray[np.uint8]) -> NDArray[np.float32]:
        filled = cv2.inpaint(values * np.float32(SCALE), holes, radius_px, flag)
        return np.asarray(filled, np.float32) / np.float32(SCALE)

    return fill
