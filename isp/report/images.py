"""Pictures inside the page: as data URIs, so that the page needs no other file."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError

ERROR_TOP = 0.25  # encoded error that the colour scale of error maps ends at
JPEG_QUALITY = 85


def png_uri(picture: NDArray[np.uint8]) -> str:
    """An sRGB picture (h, w, 3) as a lossless data URI, for cut-outs looked at pixel by pixel."""
    return _uri(picture, ".png", "image/png", [])


def jpeg_uri(picture: NDArray[np.uint8]) -> str:
    """An sRGB picture (h, w, 3) as a small data URI: for whole frames."""
    import cv2

    return _uri(picture, ".jpg", "image/jpeg", [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def error_map(error: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An error map (h, w) in false colour from 0 to `ERROR_TOP`, sRGB (h, w, 3)."""
    import cv2

    codes = np.rint(np.clip(error / ERROR_TOP, 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(codes, cv2.COLORMAP_INFERNO)
    return np.asarray(coloured[..., ::-1], np.uint8)


def _uri(picture: NDArray[np.uint8], suffix: str, kind: str, options: list[int]) -> str:
    import cv2

    good, coded = cv2.imencode(suffix, np.ascontiguousarray(picture[..., ::-1]), options)
    if not good:
        raise FileError(f"A picture of shape {picture.shape} could not be coded as {kind}.")
    return f"data:{kind};base64,{base64.b64encode(coded.tobytes()).decode('ascii')}"
