"""Windows for training: cut from pictures, turned, exposed, made noisy; and what of them is hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.learned.inpainting_transformer import damage
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.training.pictures import LINEAR_MAX, Pictures

Generator = np.random.Generator
Floats = NDArray[np.float32]

HIDDEN_SHARE = 0.45
BORDER_SHARE = 0.1
OVERLOOKED_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows to learn from.

    Parameters
    ----------
    levels : tensor (N, 4, n, n)
        White-balanced levels as the network may see them.
    target : tensor of the same shape
        Levels to be predicted.
    known, judged : tensors of the same shape
        1 for pixels that the network sees; 1 for those it is judged by.
    wanted : int tensor (N, H)
        Patches to predict.
    """

    levels: Tensor
    target: Tensor
    known: Tensor
    judged: Tensor
    wanted: Tensor


def cut(pictures: Pictures, rng: Generator, count: int, side: int) -> Floats:
    """Packed windows (count, 4, side, side) of levels 0 to 1, under the eight symmetries."""
    chosen = np.searchsorted(pictures.chance, rng.random(count)).clip(max=len(pictures.height) - 1)
    where, symmetry = rng.random((count, 2)), rng.integers(0, 8, count)
    out = np.empty((count, 4, side, side), np.float32)
    for n in range(count):
        crop = _crop(pictures, int(chosen[n]), where[n], int(symmetry[n]), 2 * side)
        red, green, blue = range(3) if crop.shape[2] == 3 else (0, 0, 0)
        out[n, 0], out[n, 1] = crop[::2, ::2, red], crop[::2, 1::2, green]
        out[n, 2], out[n, 3] = crop[1::2, ::2, green], crop[1::2, 1::2, blue]
    return np.asarray(out / np.float32(LINEAR_MAX))


def _crop(
    pictures: Pictures, chosen: int, where: NDArray[np.float64], symmetry: int, length: int
) -> NDArray[np.uint16]:
    """A square of a picture, turned; of a mosaic it starts at red once turned."""
    height, width, channels = (
        int(table[chosen]) for table in (pictures.height, pictures.width, pictures.channels)
    )
    first = int(pictures.offset[chosen])
    picture = pictures.pixels[first : first + height * width * channels]
    upside, mirrored = symmetry >> 1 & 1, symmetry & 1
    room = np.array([height - length - upside, width - length - mirrored])
    top, left = 2 * np.floor(where * (room // 2 + 1)).astype(int) + [upside, mirrored]
    crop = picture.reshape(height, width, channels)[top : top + length, left : left + length]
    turned: NDArray[np.uint16] = crop[:: 1 - 2 * upside, :: 1 - 2 * mirrored]
    return turned.transpose(1, 0, 2) if symmetry & 4 else turned


def exposed(rng: Generator, levels: Floats) -> Floats:
    """The windows under other light: exposure and colour, with shot and read noise."""
    count = len(levels)
    gains = np.exp(rng.normal(0, 0.15, (count, 4, 1, 1)) + rng.normal(-0.3, 0.5, (count, 1, 1, 1)))
    gains[:, 2] = gains[:, 1]
    lit = np.minimum(levels * gains.astype(np.float32), 1.0)
    noisy = rng.random((count, 1, 1, 1)) < 0.6
    shot = np.exp(rng.uniform(np.log(1e-5), np.log(2e-3), (count, 1, 1, 1))) * noisy
    read = rng.uniform(0, 0.004, (count, 1, 1, 1)) * noisy
    deviation = np.sqrt(shot * lit + read**2).astype(np.float32)
    noise = deviation * rng.standard_normal(lit.shape, dtype=np.float32)
    return np.asarray(lit + noise, np.float32)


def draw(pictures: Pictures, rng: Generator, count: int, shape: Shape) -> Batch:
    """Windows as this form of network learns from them."""
    target = exposed(rng, cut(pictures, rng, count, shape.side))
    if not shape.told:
        return _whole_patches(rng, target, shape)
    levels = target.copy()
    hidden = np.zeros(target.shape, np.bool_)
    beyond = np.zeros(target.shape, np.bool_)
    for n in range(count):
        kind = rng.random()
        if kind < HIDDEN_SHARE:
            hidden[n] = damage.lattice(rng, shape.window, shape.patch)
        if kind > 0.8 * HIDDEN_SHARE:
            hidden[n] |= damage.clusters(rng, shape.side)
        if rng.random() < BORDER_SHARE:
            beyond[n] = damage.border(rng, shape.side)
        if rng.random() < OVERLOOKED_SHARE:
            damage.overlooked(rng, levels[n])
    known = ~(hidden | beyond)
    wanted = np.broadcast_to(np.arange(shape.tokens), (count, shape.tokens))
    return _batch(levels, target, known, hidden & ~beyond, wanted)


def _whole_patches(rng: Generator, target: Floats, shape: Shape) -> Batch:
    """One patch hidden in each window, as in the paper."""
    chosen = rng.integers(0, shape.tokens, (len(target), 1))
    hidden = np.stack([damage.one_patch(shape.window, shape.patch, int(k)) for (k,) in chosen])
    return _batch(target, target, ~hidden, hidden, chosen)


def _batch(
    levels: Floats,
    target: Floats,
    known: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    wanted: NDArray[np.int64],
) -> Batch:
    seen, counted = (torch.from_numpy(mask.astype(np.float32)) for mask in (known, judged))
    places = torch.from_numpy(np.ascontiguousarray(wanted))
    return Batch(torch.from_numpy(levels), torch.from_numpy(target), seen, counted, places)
