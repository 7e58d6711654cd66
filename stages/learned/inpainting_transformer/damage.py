"""What training hides from the network: patches, clusters, borders; and what it should overlook."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Mask = NDArray[np.bool_]

LARGEST_PX = 12
"""Longest side of a cluster in raw pixels."""


def packed(raw: NDArray[np.bool_]) -> Mask:
    """A raw mask (2n, 2n) as four planes (4, n, n)."""
    n = len(raw) // 2
    return raw.reshape(n, 2, n, 2).transpose(1, 3, 0, 2).reshape(4, n, n)


def lattice(rng: Generator, window: int, patch: int) -> Mask:
    """Every other patch of every other row of patches, (4, n, n): what a detector hides at once."""
    hidden = np.zeros((window, window), np.bool_)
    hidden[rng.integers(2) :: 2, rng.integers(2) :: 2] = True
    plane = hidden.repeat(patch, 0).repeat(patch, 1)
    return np.broadcast_to(plane, (4, *plane.shape))


def one_patch(window: int, patch: int, chosen: int) -> Mask:
    """A single patch, by its place in the window, (4, n, n)."""
    hidden = np.zeros(window**2, np.bool_)
    hidden[chosen] = True
    plane = hidden.reshape(window, window).repeat(patch, 0).repeat(patch, 1)
    return np.broadcast_to(plane, (4, *plane.shape))


def clusters(rng: Generator, side: int) -> Mask:
    """A few squares, full or half full, and sometimes scattered pixels, (4, side, side)."""
    raw = np.zeros((2 * side, 2 * side), np.bool_)
    for _ in range(int(rng.integers(1, 5))):
        size = int(rng.integers(1, LARGEST_PX + 1))
        top, left = rng.integers(0, 2 * side - size + 1, 2)
        full = rng.random() < 0.5
        raw[top : top + size, left : left + size] |= full | (rng.random((size, size)) < 0.5)
    if rng.random() < 0.3:
        raw |= rng.random(raw.shape) < rng.uniform(0.001, 0.05)
    return packed(raw)


def border(rng: Generator, side: int) -> Mask:
    """What lies beyond the frame on one side or two, (4, side, side)."""
    raw = np.zeros((2 * side, 2 * side), np.bool_)
    for turns in rng.choice(4, int(rng.integers(1, 3)), replace=False):
        np.rot90(raw, int(turns))[: int(rng.integers(1, side))] = True
    return packed(raw)


def overlooked(rng: Generator, levels: NDArray[np.float32]) -> None:
    """Damage that nobody marked: a few hot or dark spots in a window (4, n, n), in place."""
    side = levels.shape[-1]
    raw = np.zeros((2 * side, 2 * side), np.bool_)
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(1, LARGEST_PX + 1)) if rng.random() < 0.5 else 1
        top, left = rng.integers(0, 2 * side - size + 1, 2)
        raw[top : top + size, left : left + size] = True
    where = packed(raw)
    factor = np.float32(rng.choice([0.0, rng.uniform(0.3, 0.95), rng.uniform(1.05, 2.0)]))
    offset = np.float32(rng.choice([0.0, rng.uniform(0.1, 0.8)]))
    levels[where] = np.minimum(levels[where] * factor + offset, 1.2)
