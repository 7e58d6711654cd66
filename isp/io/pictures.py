"""Developed pictures out: 8- and 16-bit PNG and TIFF, or ``.npy`` as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.errors import FileError
from isp.frame import RgbFrame
from isp.io.tiff_out import Tag, write_tiff

Bits = Literal[8, 16]


def quantised(frame: RgbFrame, bits: Bits) -> NDArray[Any]:
    """Pixels of the active area as uint8 or uint16 (H, W, 3); float32 from 0 to 1 is scaled."""
    pixels = frame.active()
    top = (1 << bits) - 1
    if pixels.dtype.kind == "u":
        scale = top / np.iinfo(pixels.dtype).max
        return pixels if scale == 1 else np.rint(pixels * scale).astype(f"u{bits // 8}")
    values = np.nan_to_num(pixels * np.float32(top))
    return np.rint(np.clip(values, 0, top)).astype(f"u{bits // 8}")


def write_png(path: Path, pixels: NDArray[Any]) -> None:
    """Write uint8 or uint16 pixels, (H, W) or (H, W, 3) RGB, as PNG."""
    import cv2

    done, data = cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    if not done:
        raise FileError(f"'{path}' could not be encoded as PNG: {pixels.dtype} {pixels.shape}.")
    path.write_bytes(data.tobytes())


def write_tiff_picture(path: Path, pixels: NDArray[Any]) -> None:
    """Write uint8 or uint16 pixels (H, W, 3) as RGB TIFF."""
    write_tiff(path, pixels, [Tag.shorts(262, 2)])
