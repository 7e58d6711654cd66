"""Crops of pictures with defects on them, clean and damaged, as a network takes them; compiled."""

from __future__ import annotations

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.learned.defectgan.defects import draw_defects
from stages.learned.training.draws import State, integer, start, uniform

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@kernel()
def draw_samples(
    pixels: NDArray[np.uint16],
    offset: Ints,
    height: Ints,
    width: Ints,
    channels: Ints,
    chance: NDArray[np.float64],
    encoding: Floats,
    parameters: NDArray[np.float64],
    seed: int,
    first: int,
    clean: Floats,
    damaged: Floats,
    area: NDArray[np.uint8],
) -> None:
    """Fill samples; each has a stream of chance of its own, so that the order of work is free.

    Parameters
    ----------
    pixels, offset, height, width, channels
        Fields of `stages.learned.training.pictures.Pictures`.
    chance : float64 array of shape (P,)
        Cumulative chance of a picture.
    encoding : float32 array of shape (65536,)
        Encoded level of each code of linear light.
    parameters : float64 array
        From `Defects.parameters`.
    seed, first : int
        Seed, and number of the first sample in it.
    clean, damaged, area : arrays of shape (N, side, side, 3 or 4)
        Written.
    """
    state = np.empty(1, np.uint64)
    packed = clean.shape[3] == 4
    side = clean.shape[1] * (2 if packed else 1)
    crop = np.empty((side, side, 1 if packed else 3), float32)
    marked = np.empty((side, side), np.uint8)
    for n in range(clean.shape[0]):
        start(state, seed, first + n)
        which = np.searchsorted(chance, uniform(state), side="right")
        begin, h, w = offset[which], height[which], width[which]
        picture = pixels[begin : begin + h * w * channels[which]].reshape(h, w, channels[which])
        _cut(picture, encoding, state, crop)
        _lay(crop, clean[n], packed)
        draw_defects(crop, marked, parameters, state)
        _lay(crop, damaged[n], packed)
        _lay_area(marked, area[n], packed)


@kernel()
def _cut(picture: NDArray[np.uint16], encoding: Floats, state: State, crop: Floats) -> None:
    """Cut a crop under a random symmetry; a crop of a mosaic starts at red."""
    side, planes = crop.shape[0], crop.shape[2]
    symmetry = integer(state, 0, 7)
    top = integer(state, 0, picture.shape[0] - side)
    left = integer(state, 0, picture.shape[1] - side)
    mosaic = picture.shape[2] == 1
    if mosaic:
        top = _red_start(top, picture.shape[0] - side, symmetry & 2)
        left = _red_start(left, picture.shape[1] - side, symmetry & 1)
    for i in range(side):
        for j in range(side):
            y, x = (j, i) if symmetry & 4 else (i, j)
            y = side - 1 - y if symmetry & 2 else y
            x = side - 1 - x if symmetry & 1 else x
            for c in range(planes):
                channel = c if planes == 3 else (0 if mosaic else (i & 1) + (j & 1))
                crop[i, j, c] = encoding[picture[top + y, left + x, channel]]


@kernel()
def _red_start(place: int, last: int, flipped: int) -> int:
    """The place nearest to a drawn one whose crop of even side starts at red, once it is flipped."""
    place = place // 2 * 2
    if not flipped:
        return place
    return place + 1 if place + 1 <= last else place - 1


@kernel()
def _lay(crop: Floats, sample: Floats, packed: bool) -> None:
    """Write a crop into a sample; a mosaic is packed, four pixels to one."""
    for i in range(crop.shape[0]):
        for j in range(crop.shape[1]):
            if packed:
                sample[i >> 1, j >> 1, 2 * (i & 1) + (j & 1)] = crop[i, j, 0]
            else:
                for c in range(3):
                    sample[i, j, c] = crop[i, j, c]


@kernel()
def _lay_area(marked: NDArray[np.uint8], sample: NDArray[np.uint8], packed: bool) -> None:
    """The same for an area, which is that of all channels."""
    for i in range(marked.shape[0]):
        for j in range(marked.shape[1]):
            if packed:
                sample[i >> 1, j >> 1, 2 * (i & 1) + (j & 1)] = marked[i, j]
            else:
                for c in range(3):
                    sample[i, j, c] = marked[i, j]
