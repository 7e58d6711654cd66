"""The noise of a frame from the frame alone: gain and read variance of a Poisson–Gaussian model.

Reference: A. Foi, M. Trimeche, V. Katkovnik, K. Egiazarian, *Practical Poissonian-Gaussian noise
modeling and fitting for single-image raw-data*, IEEE TIP 17 (2008): variance against mean, robustly
fitted. Simpler here: J. Immerkær's second differences (*Fast noise variance estimation*, CVIU 64,
1996) inside each colour plane, small blocks, and the lower envelope of the blocks of a level, because
texture and defects only ever add variance.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.noise import NoiseModel

log = logging.getLogger(__name__)

BLOCK = 8  # pixels of one colour plane on a side
QUANTILE = 0.1  # of the blocks of one level: the flattest ones
# Mean |second difference| of a block, in units of sigma: at its 0.1 quantile, in white Gaussian noise.
ENVELOPE = 0.6341
LEVELS = 24
LEAST_PER_CODE = 20  # pixels for each code, from which a code that does not occur is a gap
LEAST_BLOCKS = 12  # of a level, below which its quantile says nothing
LEAST_CONTRAST = (
    5.0  # sigma between the lowest and the highest level, below which a slope is chance
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Blocks:
    """Blocks of one colour plane: mean signal, mean absolute second difference, any clipped pixel."""

    signal_dn: Floats
    rough_dn: Floats
    clipped: NDArray[np.bool_]


def estimate_noise(frame: RawFrame) -> NoiseModel:
    """Estimate the noise model of a raw frame.

    Parameters
    ----------
    frame : RawFrame
        Any CFA whose pattern repeats; uint8, uint16 or float32.

    Returns
    -------
    NoiseModel
        ``source`` is ``estimated``. The read variance is at least that of the code grid. A frame of
        one level only (a dark, a flat), which cannot tell gain from read noise, and one too small to
        hold `LEAST_BLOCKS` blocks get a purely additive model.
    """
    blocks = _all_blocks(frame)
    floor = max(code_step_dn(frame) ** 2 / 12.0, 1e-12)
    usable = ~blocks.clipped
    if usable.sum() < LEAST_BLOCKS:
        usable = np.ones_like(usable)
    signal, rough = blocks.signal_dn[usable], blocks.rough_dn[usable]
    if len(signal) < LEAST_BLOCKS:
        variance = _additive_variance(frame.signal())
        return NoiseModel(0.0, max(variance, floor), "estimated")
    points = _envelope(signal, rough)
    gain, read = _fit_line(*points)
    if np.ptp(points[0]) < LEAST_CONTRAST * np.sqrt(points[1].mean()):
        gain, read = 0.0, float(np.average(points[1], weights=points[2]))
    log.info("estimated noise: K = %.4g DN/e-, read variance %.4g DN²", gain, max(read, floor))
    return NoiseModel(gain, max(read, floor), "estimated")


def code_step_dn(frame: RawFrame) -> float:
    """Distance of the codes that a frame really uses: a digital gain leaves gaps between them.

    Parameters
    ----------
    frame : RawFrame
        Any frame.

    Returns
    -------
    float
        DN; ``levels.step_dn`` where the frame is too small or too flat to tell, 0 off any grid.
    """
    step = frame.levels.step_dn
    if step <= 0:
        return 0.0
    codes, count = np.unique(frame.mosaic, return_counts=True)
    share = np.cumsum(count) / frame.mosaic.size
    first, last = np.searchsorted(share, (0.1, 0.9))
    used, span = int(last - first), float(codes[last]) - float(codes[first])
    if used < 1 or frame.mosaic.size < LEAST_PER_CODE * span / step:
        return step
    return max(span / used, step)


def _all_blocks(frame: RawFrame) -> _Blocks:
    """Blocks of every colour plane of the active area."""
    area = frame.crop(frame.meta.active_area)
    signal = area.signal()
    table = area.levels.clip - area.levels.black
    top = area.levels.spread(table, area.shape)
    bottom = area.mosaic <= 0 if area.mosaic.dtype.kind == "u" else np.zeros(area.shape, bool)
    edge = bottom | (signal >= top - 0.5 * area.levels.step_dn)
    down, right = area.cfa.period
    parts = [
        _plane_blocks(signal[i::down, j::right], edge[i::down, j::right])
        for i in range(down)
        for j in range(right)
    ]
    return _Blocks(
        np.concatenate([p.signal_dn for p in parts]),
        np.concatenate([p.rough_dn for p in parts]),
        np.concatenate([p.clipped for p in parts]),
    )


def _plane_blocks(plane: NDArray[np.float32], edge: NDArray[np.bool_]) -> _Blocks:
    if min(plane.shape) < BLOCK + 2:
        nothing = np.zeros(0)
        return _Blocks(nothing, nothing, np.zeros(0, np.bool_))
    rough = np.abs(_second_difference(plane))
    tiles = [_tiles(part) for part in (plane[1:-1, 1:-1], rough, edge[1:-1, 1:-1])]
    return _Blocks(
        tiles[0].mean(-1, dtype=np.float64),
        tiles[1].mean(-1, dtype=np.float64),
        np.asarray(tiles[2].any(-1)),
    )


def _second_difference(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Second difference down of the second difference across, of the noise's own sigma."""
    across = plane[:, :-2] - 2 * plane[:, 1:-1] + plane[:, 2:]
    return np.asarray((across[:-2] - 2 * across[1:-1] + across[2:]) / 6, np.float32)


def _tiles(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    rows, cols = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    cut = plane[: rows * BLOCK, : cols * BLOCK].reshape(rows, BLOCK, cols, BLOCK)
    return cut.swapaxes(1, 2).reshape(rows * cols, BLOCK * BLOCK)


def _envelope(signal: Floats, rough: Floats) -> tuple[Floats, Floats, Floats]:
    """Signal, variance and number of blocks of each level, from its flattest blocks."""
    levels = min(LEVELS, len(signal) // LEAST_BLOCKS)
    low, high = np.quantile(signal, (0.001, 0.999))
    edges = np.linspace(low, high, levels + 1)[1:-1]
    level = np.digitize(signal, edges)
    points = []
    for k in range(levels):
        chosen = level == k
        if (count := int(chosen.sum())) >= LEAST_BLOCKS:
            limit = np.quantile(rough[chosen], QUANTILE)
            flattest = chosen & (rough <= limit)
            points.append((signal[flattest].mean(), (limit / ENVELOPE) ** 2, count))
    table = np.asarray(points)
    return table[:, 0], table[:, 1], table[:, 2]


def _fit_line(signal: Floats, variance: Floats, count: Floats) -> tuple[float, float]:
    """Gain and read variance >= 0 of a line under points that texture may have lifted."""
    from scipy.optimize import nnls

    design = np.stack((np.maximum(signal, 0), np.ones_like(signal)), 1)
    fitted = np.maximum(np.median(variance), 1e-12) * np.ones_like(variance)
    line = np.zeros(2)
    for _ in range(20):
        lifted = np.maximum(variance / fitted - 1, 0)
        weight = np.sqrt(count) / (fitted * (1 + 4 * lifted))
        line, _ = nnls(design * weight[:, None], variance * weight)
        fitted = np.maximum(design @ line, 1e-12)
    return float(line[0]), float(line[1])


def _additive_variance(signal: NDArray[np.float32]) -> float:
    """Variance of a frame too small for blocks: from the median difference of pixels."""
    steps = np.diff(signal.reshape(-1)) if signal.size > 1 else np.zeros(1)
    return float((np.median(np.abs(steps)) / 0.6745) ** 2 / 2)
