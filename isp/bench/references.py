"""What a throughput is set against, measured in the same run: the memory's limit, and plain OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.threads import share
from isp.transfer import srgb_encoded

BYTES_PER_PIXEL = 5  # 2 read, 3 written
_BAYER_CODES = {"RGGB": "BG", "GRBG": "GB", "GBRG": "GR", "BGGR": "RG"}


def memory_stream(frame: RawFrame, threads: int) -> Callable[[], Any]:
    """Read 2 bytes and write 3 for every pixel and compute nothing: no chain can be faster.

    Parameters
    ----------
    frame : RawFrame
        Gives the number of pixels.
    threads : int
        Parts that are copied side by side.
    """
    count = frame.mosaic.size * BYTES_PER_PIXEL // 2  # a copy reads and writes each byte once
    source, target = np.zeros(count, np.uint8), np.zeros(count, np.uint8)
    parts = [slice(k * count // threads, (k + 1) * count // threads) for k in range(threads)]

    def copy(part: slice) -> None:
        np.copyto(target[part], source[part])

    return lambda: share(copy, parts, threads)


def opencv_plain(frame: RawFrame, threads: int) -> Callable[[], Any] | None:
    """A development as it is usually written with OpenCV, whole frame by whole frame.

    Black subtraction, white balance, bilinear demosaicing in 16 bit, colour matrix, sRGB by table. It
    repairs no defects. None for frames that OpenCV cannot demosaic.
    """
    import cv2

    if not frame.cfa.is_bayer or frame.mosaic.dtype != np.uint16:
        return None
    code = getattr(cv2, f"COLOR_Bayer{_BAYER_CODES[frame.cfa.name]}2RGB")
    black = round(float(frame.levels.black.mean()))
    scale = np.float32(65535 / (frame.levels.white.min() - black))
    gains = np.asarray(frame.meta.white_balance, np.float32) * scale / np.float32(257)
    table = np.rint(srgb_encoded(np.arange(256) / 255) * 255).astype(np.uint8)

    def work() -> NDArray[np.uint8]:
        cv2.setNumThreads(threads)
        signal = cv2.subtract(frame.mosaic, black)
        colour = cv2.cvtColor(signal, code)
        balanced = cv2.transform(colour.astype(np.float32), np.diag(gains))
        return np.asarray(cv2.LUT(cv2.convertScaleAbs(balanced), table))

    return work


@contextmanager
def opencv_threads() -> Iterator[None]:
    """Give OpenCV its own number of threads back afterwards."""
    import cv2

    before = cv2.getNumThreads()
    try:
        yield
    finally:
        cv2.setNumThreads(before)
