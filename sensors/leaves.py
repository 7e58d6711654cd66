"""Dead leaves: a picture of occluding discs with the statistics of natural scenes.

Reference: A. B. Lee, D. Mumford, J. Huang, *Occlusion models for natural images*, International Journal
of Computer Vision 41 (2001): radii by a power law of exponent −3 give scale-invariant pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.spectrum import chart_srgb

Picture = NDArray[np.float32]
SMALLEST_PX = 3.0
COVERAGE = 6.0
"""Total area of the leaves over the picture's: what is left bare is below 1 %."""
FINE_PX = 14.0
"""Leaves smaller than this keep to the detailed half of the picture: scenes have calm parts too."""


def dead_leaves(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Linear sRGB picture of shaded, textured leaves, float32 (H, W, 3), above 0, mostly below 1."""
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = _colours(1, rng)[0]
    radii = _radii(shape, rng)
    centres = rng.uniform((0, 0), shape, (len(radii), 2))
    colours = _colours(len(radii), rng)
    slopes = rng.normal(0, 0.25, (len(radii), 2)).astype(np.float32)
    detail = _field(shape, 2.5, rng)
    calm = detail[centres[:, 0].astype(int), centres[:, 1].astype(int)] < 0
    for k in np.flatnonzero(~calm | (radii > FINE_PX)):
        _paint(picture, float(radii[k]), centres[k], colours[k], slopes[k])
    fine, light = _field(shape, 1.0, rng), _field(shape, 2.5, rng)
    picture *= np.exp(0.05 * fine + 0.4 * light)[..., None]
    return picture


def _radii(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Radii by the power law until the leaves cover the picture several times, in any order."""
    low, high = SMALLEST_PX, max(min(shape) / 3, SMALLEST_PX * 2)
    mean_area = 2 * np.pi * np.log(high / low) / (low**-2 - high**-2)
    count = int(COVERAGE * shape[0] * shape[1] / mean_area) + 1
    share = rng.random(count)
    return np.asarray((low**-2 - share * (low**-2 - high**-2)) ** -0.5)


def _colours(count: int, rng: np.random.Generator) -> Picture:
    """Surface colours: a chart's patches, mostly greyed, with a log-normal spread of brightness."""
    patches = np.clip(chart_srgb(), 0.002, None)
    patches /= patches.mean(axis=1, keepdims=True)
    purity = rng.beta(1.6, 2.6, (count, 1))
    tint = 1 + purity * (patches[rng.integers(0, len(patches), count)] - 1)
    brightness = np.exp(rng.normal(np.log(0.2), 0.7, (count, 1)))
    return np.minimum(tint * brightness, 1.2).astype(np.float32)


def _paint(
    picture: Picture,
    radius: float,
    centre: NDArray[np.float64],
    colour: NDArray[np.float32],
    slope: NDArray[np.float32],
) -> None:
    """Paint one disc over the picture, its brightness rising along a slope."""
    height, width = picture.shape[:2]
    top, left = (max(int(x - radius), 0) for x in centre)
    bottom = min(int(centre[0] + radius) + 2, height)
    right = min(int(centre[1] + radius) + 2, width)
    dy = (np.arange(top, bottom, dtype=np.float32) - np.float32(centre[0])) / np.float32(radius)
    dx = (np.arange(left, right, dtype=np.float32) - np.float32(centre[1])) / np.float32(radius)
    inside = dy[:, None] ** 2 + dx**2 <= 1
    shade = np.maximum(1 + slope[0] * dy[:, None] + slope[1] * dx, np.float32(0.1))
    picture[top:bottom, left:right][inside] = shade[inside][:, None] * colour


def _field(shape: tuple[int, int], falloff: float, rng: np.random.Generator) -> Picture:
    """Random field whose amplitude spectrum falls as frequency^−falloff, mean 0, deviation 1."""
    fy = np.fft.fftfreq(shape[0])[:, None]
    fx = np.fft.rfftfreq(shape[1])
    frequency = np.maximum(np.hypot(fy, fx), 1.0 / max(shape))
    spectrum = np.fft.rfft2(rng.standard_normal(shape)) * frequency**-falloff
    field = np.fft.irfft2(spectrum, s=shape)
    field -= field.mean()
    return np.asarray(field / max(float(field.std()), 1e-12), np.float32)
