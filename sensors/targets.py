"""Test targets of a synthetic scene: slanted edge, Siemens star, ramps, colour chart.

Reference: ISO 12233:2017 (slanted edge, Siemens star); ISO 17321-1 (colour chart).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.spectrum import chart_srgb

Picture = NDArray[np.float32]
SLANT_DEG = 5.0
SPOKES = 36


def _grey(levels: NDArray[np.float64]) -> Picture:
    return np.repeat(levels[..., None], 3, axis=2).astype(np.float32)


def slanted_edge(shape: tuple[int, int], low: float = 0.08, high: float = 0.7) -> Picture:
    """A straight edge tilted by 5°, each pixel the area's mean, linear (H, W, 3)."""
    y, x = np.indices(shape, np.float64)
    angle = np.radians(SLANT_DEG)
    apart = (x - (shape[1] - 1) / 2) * np.cos(angle) + (y - (shape[0] - 1) / 2) * np.sin(angle)
    return _grey(low + (high - low) * np.clip(apart + 0.5, 0, 1))


def siemens_star(shape: tuple[int, int], low: float = 0.05, high: float = 0.8) -> Picture:
    """A star of 36 pairs of spokes, grey where they get finer than a pixel, linear (H, W, 3)."""
    y, x = np.indices(shape, np.float64)
    y -= (shape[0] - 1) / 2
    x -= (shape[1] - 1) / 2
    radius = np.hypot(y, x)
    pitch_px = 2 * np.pi * radius / SPOKES
    wave = np.sin(SPOKES * np.arctan2(y, x))
    # the wave's slope in levels a pixel makes each spoke's border one pixel wide
    spokes = np.clip(wave * np.maximum(pitch_px, 1e-9) / (2 * np.pi), -0.5, 0.5)
    contrast = np.clip((pitch_px - 1) / 2, 0, 1)
    inside = radius <= min(shape) / 2
    return _grey(np.where(inside, (low + high) / 2 + (high - low) * spokes * contrast, 0.35))


def ramps(shape: tuple[int, int]) -> Picture:
    """Grey from black to white along a row, and steps of a third of a stop below, (H, W, 3)."""
    across = np.linspace(0.0, 1.0, shape[1])
    smooth = across**2.2
    steps = 2.0 ** (-np.floor((1 - across) * 24) / 3)
    upper = (np.arange(shape[0]) < shape[0] / 2)[:, None]
    return _grey(np.where(upper, smooth, steps))


def colour_chart(shape: tuple[int, int]) -> Picture:
    """The 24 patches in D65 on a dark frame, from measured reflectances, linear (H, W, 3)."""
    chart = np.full((*shape, 3), 0.03, np.float32)
    patches = np.clip(chart_srgb(), 0.0, 1.0)
    for index, patch in enumerate(patches):
        row, col = divmod(index, 6)
        top, bottom = (round((row + x) * shape[0] / 4) for x in (0.08, 0.92))
        left, right = (round((col + x) * shape[1] / 6) for x in (0.08, 0.92))
        chart[top:bottom, left:right] = patch
    return chart
