"""States of pixels over frames: which one fits the surroundings, and what the good ones come to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from stages.kernels.same_colour import neighbours

REACH_PX = 3  # how far the surroundings go that a blinking pixel must fit into
LEAST_AROUND = 3
SAME_STATE_SIGMA = 3.0
MAD_TO_SIGMA = 1.4826

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Around:
    """The surroundings of the marked pixels in the middle frame, DN above black; float64 (N,) each."""

    level: Floats
    spread: Floats
    low: Floats
    high: Floats


def surroundings(middle: RawFrame, inner: DefectMap) -> Around:
    """The good pixels of a colour around each marked one; NaN where there are too few."""
    signal, bad = middle.signal(), inner.mask()
    table = neighbours(middle.cfa, REACH_PX, "merged")
    height, width = middle.cfa.period
    site = inner.rows % height * width + inner.cols % width
    found = np.full((4, len(inner)), np.nan)
    for code in np.unique(site):
        mine = np.flatnonzero(site == code)
        first, last = table.start[code // width, code % width]
        rows = inner.rows[mine, None] + table.drow[None, first:last]
        cols = inner.cols[mine, None] + table.dcol[None, first:last]
        inside = (rows >= 0) & (rows < bad.shape[0]) & (cols >= 0) & (cols < bad.shape[1])
        rows, cols = np.where(inside, rows, 0), np.where(inside, cols, 0)
        good = inside & ~bad[rows, cols]
        enough = good.sum(axis=1) >= LEAST_AROUND
        if not enough.any():
            continue
        around = np.where(good, signal[rows, cols], np.nan)[enough]
        centre = np.nanmedian(around, axis=1)
        spread = MAD_TO_SIGMA * np.nanmedian(np.abs(around - centre[:, None]), axis=1)
        ends = np.nanmin(around, axis=1), np.nanmax(around, axis=1)
        found[:, mine[enough]] = centre, spread, *ends
    return Around(*found)


def quiet_state(
    value: Floats,
    variance: Floats,
    usable: Mask,
    around: Around,
    severity: Floats,
    sigmas: float,
) -> Mask:
    """The frames in which a pixel is off, (K, N): in a state that fits its surroundings.

    Of several such states the one away from the defect's side is taken (a severity above 0 means that
    the pixel blinks upwards), and where the side is not known the one nearest to the surroundings.
    """
    away = np.abs(value - around.level)
    fits = usable & (away <= sigmas * np.sqrt(around.spread**2 + variance))
    outside = np.maximum(around.low - value, value - around.high)
    fits &= outside <= sigmas * np.sqrt(variance)
    rank = np.where(np.isfinite(severity), np.sign(severity) * value, away)
    nearest = np.argmin(np.where(fits, rank, np.inf), axis=0)
    pixels = np.arange(value.shape[1])
    gap = np.abs(value - value[nearest, pixels])
    noise = np.sqrt(variance + variance[nearest, pixels])
    return np.asarray(usable & fits.any(axis=0) & (gap <= SAME_STATE_SIGMA * noise))


def two_states(value: Floats, variance: Floats, usable: Mask, off: Mask, sigmas: float) -> Mask:
    """Whether some frame shows a pixel in a state other than the quiet one, (N,)."""
    count = np.maximum(off.sum(axis=0), 1)
    quiet = np.where(off, value, 0).sum(axis=0) / count
    other = usable & ~off & (np.abs(value - quiet) > sigmas * np.sqrt(2 * variance))
    return np.asarray(off.any(axis=0) & other.any(axis=0))


def combined(
    value: Floats, variance: Floats, usable: Mask
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Inverse-variance mean over the good frames, outliers left out; its variance; frames used."""
    pixels = value.shape[1]
    if not len(value):
        return np.zeros(pixels), np.full(pixels, np.nan), np.zeros(pixels, np.intp)
    centre = _median(value, usable)
    kept = usable & (np.abs(value - centre) <= SAME_STATE_SIGMA * np.sqrt(2 * variance))
    weight = np.where(kept, 1 / np.maximum(variance, 1e-12), 0.0)
    total = weight.sum(axis=0)
    mean = (weight * value).sum(axis=0) / np.maximum(total, 1e-300)
    spread = np.where(total > 0, 1 / np.maximum(total, 1e-300), np.nan)
    return mean, spread, kept.sum(axis=0)


def _median(value: Floats, usable: Mask) -> Floats:
    """Median over the usable frames (K) of each pixel, float64 (N,); infinite where there is none."""
    ordered = np.sort(np.where(usable, value, np.inf), axis=0)
    count = np.maximum(usable.sum(axis=0), 1)
    pixels = np.arange(value.shape[1])
    return np.asarray((ordered[(count - 1) // 2, pixels] + ordered[count // 2, pixels]) / 2)
