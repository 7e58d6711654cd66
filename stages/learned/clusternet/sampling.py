"""Training windows, drawn as fast as they are used: pictures in memory, all else in kernels.

A window is cut under one of the eight symmetries of the square, with red and blue exchanged half the
time, so that every phase and orientation of the mosaic is seen; its colours may be shifted as a wrong
white balance would, or paled as in a camera's own colour space; a sensor's noise and steps are added to
what the network sees and never to what it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.cluster_window import (
    CHANNELS,
    CORE,
    PACKED,
    WINDOW,
    fill_window,
    normalise_window,
    window_work,
)
from stages.kernels.sparse_spectrum import Work
from stages.learned.clusternet.cutting import ask, cut_mosaic, cut_photograph, inset_of
from stages.learned.clusternet.shapes import draw_defects, draw_surroundings
from stages.learned.training.draws import integer, normal, start, uniform
from stages.learned.training.pictures import Pictures

_WHITE = 65535.0
_STEP = 1.0 / 3839.0
"""A code of 12 bits over black 256: the coarsest grid of the protocols."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
State = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows as the network takes them and what it should say.

    Parameters
    ----------
    features : float32 array of shape (N, PACKED, PACKED, CHANNELS)
        See `stages.kernels.cluster_window.normalise_window`, filled.
    target : float32 array of shape (N, CORE, CORE, 4)
        True minus filled codes at bad pixels, else 0.
    weight : float32 array of shape (N, CORE, CORE, 4)
        Change of the sRGB-encoded level per change of code at bad pixels, else 0.
    statistics : float32 array of shape (N, 3)
        Scale, mean and spread of each window.
    inset : int64 array of shape (N,)
        Of each window, rising: the largest whose core holds all judged defects; see `network.INSETS`.
    aim : float32 array of shape (N, CORE, CORE, 4)
        What the network is led to: the target, or what lies between it and a teacher's answer.
    """

    features: Floats
    target: Floats
    weight: Floats
    statistics: Floats
    inset: Ints
    aim: Floats

    @staticmethod
    def empty(count: int) -> Batch:
        """For a kernel to write into; ``aim`` is the target itself."""
        target = np.zeros((count, CORE, CORE, 4), float32)
        return Batch(
            np.empty((count, PACKED, PACKED, CHANNELS), float32),
            target,
            np.zeros((count, CORE, CORE, 4), float32),
            np.empty((count, 3), float32),
            np.empty(count, np.int64),
            target,
        )

    def by_inset(self) -> Batch:
        """The same windows, those of one inset together."""
        order = np.argsort(self.inset, kind="stable")
        return Batch(*(getattr(self, one.name)[order] for one in fields(self)))


def draw(
    pictures: Pictures, seed: int, count: int, shares: Sequence[float], augment: bool = True
) -> Batch:
    """Draw windows; the same seed and pictures give the same windows.

    Parameters
    ----------
    pictures : Pictures
        To cut from.
    seed : int
        Of this batch.
    count : int
        Number of windows.
    shares : sequence of float
        Shares of the families of `shapes.FAMILIES`, which add to 1.
    augment : bool
        Whether colours, noise and surroundings vary.
    """
    batch = Batch.empty(count)
    limits = np.cumsum(np.asarray(shares, np.float64))
    p = pictures
    _draw(
        p.pixels, p.offset, p.height, p.width, p.channels, p.chance, seed, limits, augment,
        batch.features, batch.target, batch.weight, batch.statistics, batch.inset, window_work(),
    )  # fmt: skip
    return batch.by_inset()


@kernel()
def _draw(
    pixels: NDArray[np.uint16],
    offset: Ints,
    height: Ints,
    width: Ints,
    channels: Ints,
    chance: NDArray[np.float64],
    seed: int,
    limits: NDArray[np.float64],
    augment: bool,
    features: Floats,
    target: Floats,
    weight: Floats,
    statistics: Floats,
    inset: Ints,
    work: Work,
) -> None:
    state = np.empty(1, np.uint64)
    levels = np.empty((WINDOW, WINDOW), float32)
    noisy = np.empty((WINDOW, WINDOW), float32)
    bad = np.empty((WINDOW, WINDOW), np.uint8)
    for n in range(features.shape[0]):
        start(state, seed, n)
        family = _choose(limits, uniform(state))
        which = _choose(chance, uniform(state))
        first, h, w = offset[which], height[which], width[which]
        picture = pixels[first : first + h * w * channels[which]].reshape(h, w, channels[which])
        _cut(picture, state, augment, levels)
        draw_defects(bad, family, state)
        inset[n] = inset_of(bad)
        if augment:
            draw_surroundings(bad, state)
        _measure(levels, augment, state, noisy)
        normalise_window(noisy, bad, features[n], statistics[n])
        fill_window(features[n], work)
        ask(levels, bad, inset[n], features[n], statistics[n], target[n], weight[n])


@kernel()
def _choose(cumulative: NDArray[np.float64], chance: float) -> int:
    """Index of the first share that a chance in [0, 1) lies below."""
    for index in range(len(cumulative) - 1):
        if chance < cumulative[index]:
            return index
    return len(cumulative) - 1


@kernel()
def _roughness(picture: NDArray[np.uint16], y: int, x: int) -> float:
    """How much a window's middle changes, relative to its level."""
    middle = picture.shape[2] // 2
    total = 0.0
    for i in range(y + 10, y + 30, 3):
        for j in range(x + 10, x + 30, 3):
            here = float(picture[i, j, middle])
            right, below = float(picture[i, j + 2, middle]), float(picture[i + 2, j, middle])
            total += (abs(here - right) + abs(here - below)) / (here + right + below + 500.0)
    return total


@kernel()
def _cut(picture: NDArray[np.uint16], state: State, augment: bool, levels: Floats) -> None:
    """Cut a window, half the time the rougher of two, under a random symmetry, from red or blue."""
    h, w, channels = picture.shape
    best, top, left = -1.0, 0, 0
    for _ in range(2 if uniform(state) < 0.5 else 1):
        y, x = integer(state, 0, h - WINDOW), integer(state, 0, w - WINDOW)
        rough = _roughness(picture, y, x)
        if rough > best:
            best, top, left = rough, y, x
    symmetry, exchanged = integer(state, 0, 7), augment and uniform(state) < 0.5
    pale = 0.4 * uniform(state) if augment and uniform(state) < 0.3 else 0.0
    gain = np.full(3, 1.0 / _WHITE)
    if augment and uniform(state) < 0.5:
        for c in range(3):
            gain[c] *= 2.0 ** (0.5 * (uniform(state) - 0.5))
    if channels == 1:
        cut_mosaic(picture, top, left, symmetry, exchanged, gain, levels)
    else:
        cut_photograph(picture, top, left, symmetry, exchanged, gain, pale, levels)


@kernel()
def _measure(levels: Floats, augment: bool, state: State, noisy: Floats) -> None:
    """What a sensor makes of the levels: shot and read noise over five stops of gain, and steps."""
    step, shot, read = _STEP, 0.0, 0.0
    if augment and uniform(state) < 0.35:
        shot = 10.0 ** (-5.0 + 2.5 * uniform(state))
        read = shot * 10.0 ** (-2.5 + 1.5 * uniform(state))
    if augment and uniform(state) < 0.2:
        step *= 2.0 ** (2.0 * uniform(state) - 0.5)
    for i in range(WINDOW):
        for j in range(WINDOW):
            level = float(levels[i, j])
            if shot > 0.0:
                level += np.sqrt(shot * level + read) * normal(state)
            noisy[i, j] = np.rint(level / step) * step
