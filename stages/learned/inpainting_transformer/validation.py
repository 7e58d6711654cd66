"""Held-out windows and what networks of any form are judged by: encoded PSNR of hidden pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isp.transfer import srgb_encoded
from stages.learned.inpainting_transformer import damage
from stages.learned.inpainting_transformer.codes import encode
from stages.learned.inpainting_transformer.completion import complete
from stages.learned.inpainting_transformer.network import InpaintingTransformer, patches_of
from stages.learned.inpainting_transformer.sampling import cut
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.training.pictures import Pictures

WINDOWS = 96
SEED = 999
CHUNK = 32
SMALLEST_PX, LARGEST_PX = 7, 12


@dataclass(frozen=True, eq=False)
class Family:
    """Windows with one kind of damage in their middle.

    Parameters
    ----------
    levels, known : tensors (N, 4, n, n)
        Clean levels, and 1 where they are known.
    wanted : int tensor (N, H)
        Patches that hold the damage.
    """

    levels: Tensor
    known: Tensor
    wanted: Tensor


@dataclass(frozen=True, eq=False)
class Validation:
    """The same windows for every form of a network of the same window."""

    families: dict[str, Family]

    @staticmethod
    def of(pictures: Pictures, shape: Shape, count: int = WINDOWS) -> Validation:
        """Cut windows without noise; hide the middle patch, or a cluster of 7 to 12 raw pixels."""
        middle = shape.tokens // 2
        near = shape.window // 2 + np.arange(-1, 2)
        centre = (near[:, None] * shape.window + near).ravel()
        rng = np.random.default_rng(SEED)
        levels = cut(pictures, rng, count, shape.side)
        patch = damage.one_patch(shape.window, shape.patch, middle)
        full, half = (
            np.stack([_square(rng, shape.side, density) for _ in range(count)])
            for density in (1.0, 0.5)
        )
        hidden = {"patch": np.broadcast_to(patch, levels.shape), "cluster": full, "half": half}
        wanted = {"patch": np.array([middle]), "cluster": centre, "half": centre}
        return Validation({name: _family(levels, hidden[name], wanted[name]) for name in hidden})

    def judged(self, network: InpaintingTransformer) -> dict[str, float]:
        """Mean encoded PSNR per family, and the mean lead over the plain fill, dB."""
        found: dict[str, float] = {}
        leads = []
        for name, family in self.families.items():
            found[name] = _psnr_db(family, network, lambda f, at: _predicted(network, f, at))
            leads.append(
                found[name] - _psnr_db(family, network, lambda f, at: _fill(network, f, at))
            )
        return {**found, "score": float(np.mean(leads))}


def _square(rng: np.random.Generator, side: int, density: float) -> NDArray[np.bool_]:
    """A cluster in the middle of a window: within the middle patch and those round it."""
    size = int(rng.integers(SMALLEST_PX, LARGEST_PX + 1))
    top, left = side - size // 2 + rng.integers(-2, 3, 2)
    raw = np.zeros((2 * side, 2 * side), np.bool_)
    raw[top : top + size, left : left + size] = rng.random((size, size)) < density
    raw[top, left] = True
    return damage.packed(raw)


def _family(
    levels: NDArray[np.float32], hidden: NDArray[np.bool_], wanted: NDArray[np.int64]
) -> Family:
    known = torch.from_numpy((~hidden).astype(np.float32))
    patches = torch.from_numpy(wanted).expand(len(levels), -1)
    return Family(torch.from_numpy(levels), known, patches)


Fill = Callable[[Family, slice], Tensor]


def _predicted(network: InpaintingTransformer, family: Family, at: slice) -> Tensor:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        return complete(network, family.levels[at], family.known[at], family.wanted[at]).levels


def _fill(network: InpaintingTransformer, family: Family, at: slice) -> Tensor:
    coded = encode(family.levels[at], family.known[at], True)
    patches = patches_of(coded.level(coded.values), network.shape.patch)
    return patches.gather(1, family.wanted[at][..., None].expand(-1, -1, patches.shape[-1]))


def _psnr_db(family: Family, network: InpaintingTransformer, fill: Fill) -> float:
    """PSNR of the hidden pixels of each window, averaged."""
    found = []
    for start in range(0, len(family.levels), CHUNK):
        at = slice(start, start + CHUNK)
        index = family.wanted[at][..., None]
        truth, known = (
            part.gather(1, index.expand(-1, -1, part.shape[-1])).numpy()
            for part in (
                patches_of(family.levels[at], network.shape.patch),
                patches_of(family.known[at], network.shape.patch),
            )
        )
        error = (srgb_encoded(fill(family, at).numpy()) - srgb_encoded(truth)) ** 2 * (1 - known)
        mse = error.sum((1, 2)) / (1 - known).sum((1, 2))
        found.append(-10 * np.log10(mse + 1e-8))
    return float(np.concatenate(found).mean())
