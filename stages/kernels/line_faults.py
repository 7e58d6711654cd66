"""Defective columns and rows: lines whose pixels differ from both sides while the next lines agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.frame import RawFrame
from isp.local import border_indices

Floats = NDArray[np.float32]
CLEAN = 0.25  # of the line's deviation: most that the lines next to it may show without it


@dataclass(frozen=True, eq=False)
class LineFaults:
    """Indices of defective rows and columns."""

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]

    @classmethod
    def none(cls) -> LineFaults:
        """No faults."""
        return cls(np.zeros(0, np.intp), np.zeros(0, np.intp))

    def as_map(self, frame: RawFrame) -> DefectMap:
        """The map of the lines, which are counted from the frame's active area."""
        kind = np.zeros(frame.shape, np.uint8)
        inner = kind[frame.meta.active_area.slices]
        inner[self.rows] = DefectKind.ROW
        inner[:, self.cols] = DefectKind.COLUMN
        rows, cols = np.nonzero(kind)
        counts = ((len(self.rows), "rows"), (len(self.cols), "columns"))
        source = ", ".join(f"{name} {count}" for count, name in counts if count)
        return DefectMap.for_frame(rows, cols, frame, kind=kind[rows, cols], source=source)

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """All their pixels, bool (H, W)."""
        mask = np.zeros(shape, np.bool_)
        mask[self.rows] = True
        mask[:, self.cols] = True
        return mask


def line_faults(
    signal: Floats, sigma_dn: Floats | float, step: int, threshold: float
) -> LineFaults:
    """Find whole rows and columns that are defective.

    Parameters
    ----------
    signal : float32 array of shape (H, W)
        DN above black.
    sigma_dn : float32 array of shape (H, W), or float
        Noise in DN.
    step : int
        Distance at which the colours of the CFA repeat: 1 for mono, 2 for Bayer, 4 for quad.
    threshold : float
        Least median deviation of a line's pixels, of either sign, from the mean of the lines of its
        colour on both sides, in sigma.
    """
    sigma = np.broadcast_to(np.asarray(sigma_dn, np.float32), signal.shape)
    cols = _bad_columns(signal, sigma, step, threshold)
    rows = _bad_columns(signal.T, sigma.T, step, threshold)
    return LineFaults(rows, cols)


def _bad_columns(signal: Floats, sigma: Floats, step: int, threshold: float) -> NDArray[np.intp]:
    width = signal.shape[1]
    if width < 4 * step + 1:
        return np.zeros(0, np.intp)
    typical = np.median(np.abs(signal - _mean_of(signal, step, step)) / sigma, axis=0)
    suspects = np.flatnonzero(typical > threshold)
    bad = [c for c in suspects if _alone(signal, sigma, step, int(c), typical)]
    return np.array([c for c in bad if _still(signal, sigma, step, c, bad) > threshold], np.intp)


def _still(signal: Floats, sigma: Floats, step: int, col: np.intp, bad: Sequence[np.intp]) -> float:
    """Median deviation of a column from the next ones of its colour that are not suspected too.

    Beside a bad column at the border, the good one next to it has no other witness than the bad one.
    """
    every = np.arange(col % step, signal.shape[1], step)
    good = every[~np.isin(every, bad)]
    beside = [*good[good < col][-1:], *good[good > col][:1]]
    if not beside:
        return 0.0
    weight = 1.0 / np.abs(np.asarray(beside) - col)
    guess = (signal[:, beside] * weight).sum(1) / weight.sum()
    return float(np.median(np.abs(signal[:, col] - guess) / sigma[:, col]))


def _mean_of(signal: Floats, left: int, right: int) -> Floats:
    """Mean of the same-colour columns at two distances, the nearer with the more weight."""
    width = signal.shape[1]
    index = border_indices(-left, width + right, width, "plane", min(left, right))
    before, after = signal[:, index[:width]], signal[:, index[left + right :]]
    return (before * right + after * left) / np.float32(left + right)


def _alone(
    signal: Floats, sigma: Floats, step: int, col: int, typical: NDArray[np.float32]
) -> bool:
    """Whether the columns around a bad one agree among themselves: an edge of the scene goes on."""
    first, last = max(col - 4 * step, 0), min(col + 4 * step + 1, signal.shape[1])
    first += (col - first) % step  # so that the cut keeps the colours apart
    part, noise, here = signal[:, first:last], sigma[:, first:last], col - first
    most = max(CLEAN * float(typical[col]), 1.0)  # a clean line's median deviation is below 1 sigma
    beside = [col - 1, col + 1] if step > 1 else []
    if any(typical[c] > most for c in beside if 0 <= c < signal.shape[1]):
        return False
    for side, guess in ((-step, (step, 2 * step)), (step, (2 * step, step))):
        there = here + side
        if guess[0] <= there < part.shape[1] - guess[1]:
            off = np.abs(part[:, there] - _mean_of(part, *guess)[:, there]) / noise[:, there]
            if np.median(off) > most:
                return False
    return True
