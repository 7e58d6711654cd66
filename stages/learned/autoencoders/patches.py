"""Undamaged patches of packed mosaics, as a sensor gives them and without noise: what is learned.

The codes are those of `stages.learned.fullframe`: white-balanced levels under the sRGB curve, in planes
R, G, G, B at half the mosaic's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.learned.training.pictures import LINEAR_MAX, Pictures

FLAT_SHARE = 0.1
"""Share of patches that are one colour all over: skies and walls that photographs have too few of."""

NOISY_SHARE = 0.7
DARKEST_STOPS = 2.0

WIDEST = 64
"""Side of the largest patches in packed pixels."""

LEAST_PX = 2 * WIDEST + 2
"""Least side of a picture that patches are cut from, in raw pixels."""

Generator = np.random.Generator


@dataclass(frozen=True, eq=False)
class Batch:
    """Patches, tensors (N, 4, side, side) of sRGB codes: with noise, and without."""

    seen: Tensor
    clean: Tensor


def draw(
    pictures: Pictures, rng: Generator, count: int, side: int, *, augment: bool = True
) -> Batch:
    """Draw patches; the same generator and pictures give the same patches.

    Parameters
    ----------
    pictures : Pictures
        To cut from, each of at least `LEAST_PX` a side.
    rng : Generator
        All chance.
    count, side : int
        Number of patches and their side in packed pixels.
    augment : bool
        Whether exposures vary and some patches are flat. Noise varies in any case.
    """
    levels = np.stack([_cut(pictures, rng, side) for _ in range(count)])
    if augment:
        flat = rng.random(count) < FLAT_SHARE
        levels[flat] = levels[flat].mean((2, 3), keepdims=True)
        levels *= np.exp2(-DARKEST_STOPS * rng.random((count, 1, 1, 1), np.float32))
    return Batch(encoded(_noisy(levels, rng)), encoded(levels))


def _cut(pictures: Pictures, rng: Generator, side: int) -> NDArray[np.float32]:
    """Linear planes (4, side, side) of a random window; photographs under a random symmetry."""
    which = int(np.searchsorted(pictures.chance, rng.random(), side="right"))
    which = min(which, len(pictures.offset) - 1)
    picture = picture_at(pictures, which)
    top, left = (int(rng.integers(0, length - 2 * side + 1)) for length in picture.shape[:2])
    turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
    if picture.shape[2] == 1:  # a mosaic keeps its phase only where it is not turned
        top, left, turns, mirrored = top // 2 * 2, left // 2 * 2, 0, False
    window = np.rot90(picture[top : top + 2 * side, left : left + 2 * side], turns)
    return planes(window[:, ::-1] if mirrored else window) / np.float32(LINEAR_MAX)


def picture_at(pictures: Pictures, which: int) -> NDArray[np.uint16]:
    """One of the pictures, (H, W, 3) or (H, W, 1)."""
    height, width = int(pictures.height[which]), int(pictures.width[which])
    channels, first = int(pictures.channels[which]), int(pictures.offset[which])
    flat = pictures.pixels[first : first + height * width * channels]
    return flat.reshape(height, width, channels)


def planes(window: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Planes R, G, G, B, float32 (4, h/2, w/2), of a photograph or of a mosaic that starts at red."""
    channel = (0, 1, 1, 2) if window.shape[2] == 3 else (0, 0, 0, 0)
    sites = [(i, j, channel[2 * i + j]) for i in range(2) for j in range(2)]
    return np.stack([window[i::2, j::2, c] for i, j, c in sites]).astype(np.float32)


def _noisy(levels: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """Shot and read noise over eight stops of gain in most patches, none in the others."""
    shape = (len(levels), 1, 1, 1)
    shot = np.where(rng.random(shape) < NOISY_SHARE, 10.0 ** rng.uniform(-5.0, -2.5, shape), 0.0)
    read = shot * 10.0 ** rng.uniform(-2.5, -1.0, shape)
    sigma = np.sqrt(shot * levels + read).astype(np.float32)
    return levels + sigma * rng.standard_normal(levels.shape, np.float32)


def encoded(levels: NDArray[np.float32]) -> Tensor:
    """Levels under the sRGB curve (IEC 61966-2-1), clipped to 0 to 1, as a tensor of the same shape."""
    light = torch.from_numpy(levels).clamp(0.0, 1.0)
    curve = 1.055 * light.clamp_min(1e-6) ** (1.0 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, 12.92 * light, curve)
