"""Defective columns and rows: lines whose pixels differ from both sides while the next lines agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.frame import RawFrame
from isp.local import border_indices

CLEAN = 0.25  # of the line's deviation: most that the lines next to it, of another colour, may show
PEAK = 0.75  # the next lines of its colour see a bad line by half


@dataclass(frozen=True, eq=False)
class LineFaults:
    """Indices of defective rows and columns."""

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]

    @classmethod
    def none(cls) -> LineFaults:
        """No faults."""
        return cls(np.zeros(0, np.intp), np.zeros(0, np.intp))

    def as_map(self, frame: RawFrame, where: str) -> DefectMap:
        """The map of the lines, which are counted from the frame's active area."""
        kind = np.zeros(frame.shape, np.uint8)
        inner = kind[frame.meta.active_area.slices]
        inner[self.rows] = DefectKind.ROW
        inner[:, self.cols] = DefectKind.COLUMN
        rows, cols = np.nonzero(kind)
        counts = ((len(self.rows), "rows"), (len(self.cols), "columns"))
        source = ", ".join(f"{count} {name} {where}" for count, name in counts if count)
        return DefectMap.for_frame(rows, cols, frame, kind=kind[rows, cols], source=source)

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """All their pixels, bool (H, W)."""
        mask = np.zeros(shape, np.bool_)
        mask[self.rows] = True
        mask[:, self.cols] = True
        return mask


def line_faults(
    signal: NDArray[np.float32], sigma_dn: NDArray[np.float32] | float, step: int, threshold: float
) -> LineFaults:
    """Find whole rows and columns that are defective.

    Parameters
    ----------
    signal : float32 array of shape (H, W)
        DN above black.
    sigma_dn : float32 array of shape (H, W), or float
        Noise in DN.
    step : int
        Distance of same-colour neighbours: 2 for Bayer, 1 for mono.
    threshold : float
        Least median deviation of a line's pixels, of either sign, from the mean of the lines of its
        colour on both sides, in sigma.
    """
    cols = _bad_columns(_deviation(signal, step) / sigma_dn, step, threshold)
    sigma = sigma_dn.T if isinstance(sigma_dn, np.ndarray) else sigma_dn
    rows = _bad_columns(_deviation(signal.T, step) / sigma, step, threshold)
    return LineFaults(rows, cols)


def _deviation(signal: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Distance of each pixel from the mean of its same-colour neighbours left and right."""
    width = signal.shape[1]
    index = border_indices(-step, width + step, width, "plane", step)
    left, right = signal[:, index[:width]], signal[:, index[2 * step :]]
    return np.abs(signal - (left + right) / 2)


def _bad_columns(deviation: NDArray[np.float32], step: int, threshold: float) -> NDArray[np.intp]:
    width = deviation.shape[1]
    if width < 4 * step + 1:
        return np.zeros(0, np.intp)
    typical = np.median(deviation, axis=0)
    around = np.zeros((2, width))
    for kind, distances in enumerate(((1,) if step > 1 else (), (step,))):
        for distance in (d * side for d in distances for side in (-1, 1)):
            there = np.arange(width) + distance
            inside = (there >= 0) & (there < width)
            values = np.where(inside, typical[np.clip(there, 0, width - 1)], 0)
            around[kind] = np.maximum(around[kind], values)
    noise = 1.0  # a clean line's median deviation is below one sigma
    alone = around[0] <= np.maximum(CLEAN * typical, noise)
    peak = around[1] <= PEAK * typical
    return np.flatnonzero((typical > threshold) & alone & peak)
