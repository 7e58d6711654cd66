"""OpenCV, as its users write it and as an expert would; neither repairs defects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

STRIP_ROWS = 128
MARGIN = 2  # rows, even: so the phase stays
_CODES = {"RGGB": "BG", "GRBG": "GB", "GBRG": "GR", "BGGR": "RG"}


def _srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


class OpenCvUsual:
    """Whole frame after whole frame: subtract, demosaic (bilinear), float, matrix, table."""

    def __init__(self, frame: Any, matrix: NDArray[np.float64], threads: int) -> None:
        self._frame, self._threads = frame, threads
        self._code = getattr(cv2, f"COLOR_Bayer{_CODES[frame.cfa.name]}2RGB")
        self._black = float(frame.levels.black.min())
        span = float(frame.levels.white.max()) - self._black
        self._matrix = (matrix @ np.diag(frame.meta.white_balance) * 65535 / span).astype(
            np.float32
        )
        self._table = np.rint(255 * _srgb(np.arange(65536) / 65535)).astype(np.uint8)

    def __call__(self) -> NDArray[np.uint8]:
        """Develop the frame once."""
        cv2.setNumThreads(self._threads)
        signal = cv2.subtract(self._frame.mosaic, self._black)
        camera = cv2.cvtColor(signal, self._code).astype(np.float32)
        linear = cv2.transform(camera, self._matrix)
        return np.asarray(self._table[np.clip(linear, 0, 65535).astype(np.uint16)])


class OpenCvExpert:
    """Strips that stay in cache, buffers kept, black, gains and matrix in one step, a table in 16 bit."""

    def __init__(self, frame: Any, matrix: NDArray[np.float64], threads: int) -> None:
        self._mosaic = frame.mosaic
        self._code = getattr(cv2, f"COLOR_Bayer{_CODES[frame.cfa.name]}2RGB")
        black = float(frame.levels.black.min())
        span = float(frame.levels.white.max()) - black
        whole = matrix @ np.diag(frame.meta.white_balance) * 65535 / span
        self._matrix = np.column_stack([whole, -whole.sum(axis=1) * black]).astype(np.float32)
        self._table = np.rint(255 * _srgb(np.arange(65536) / 65535)).astype(np.uint8)
        self._out = np.zeros((*frame.shape, 3), np.uint8)
        self._own, self._pool = local(), ThreadPoolExecutor(threads)

    def _buffers(self, width: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        if not hasattr(self._own, "buffers"):
            shape = (STRIP_ROWS + 2 * MARGIN, width, 3)
            self._own.buffers = np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)
        held: tuple[NDArray[np.uint16], NDArray[np.uint16]] = self._own.buffers
        return held

    def _strip(self, top: int) -> None:
        height, width = self._mosaic.shape
        bottom = min(top + STRIP_ROWS, height)
        first, last = max(top - MARGIN, 0), min(bottom + MARGIN, height)
        camera, linear = (held[: last - first] for held in self._buffers(width))
        cv2.cvtColor(self._mosaic[first:last], self._code, dst=camera)
        cv2.transform(camera, self._matrix, dst=linear)
        cv2.LUT(linear[top - first : bottom - first], self._table, dst=self._out[top:bottom])

    def __call__(self) -> NDArray[np.uint8]:
        """Develop the frame once."""
        cv2.setNumThreads(1)
        list(self._pool.map(self._strip, range(0, len(self._mosaic), STRIP_ROWS)))
        return self._out
