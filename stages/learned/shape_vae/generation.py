"""Masks of any size from the decoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stages.learned.shape_vae.family import Family
from stages.learned.shape_vae.weights import families_of

Mask = NDArray[np.float32]


def generated(
    rng: np.random.Generator,
    size: tuple[int, int],
    superimposed: int,
    balanced: bool,
    spread: float,
    threshold: float,
    weights: str,
) -> Mask:
    """A mask; the parameters are those of the stage `vae`."""
    families = families_of(weights)
    family = families[int(rng.integers(len(families)))]
    count = min(superimposed, len(family.masks))
    parents = np.sort(rng.permutation(len(family.masks))[:count])
    mask = family.decoded(_latent(rng, family, parents, balanced, spread, threshold)[None])[0]
    mask = np.rot90(mask, int(rng.integers(4)))
    mask = mask[:, ::-1] if rng.random() < 0.5 else mask
    return _fitted(mask, size, threshold)


def _latent(
    rng: np.random.Generator,
    family: Family,
    parents: NDArray[np.intp],
    balanced: bool,
    spread: float,
    threshold: float,
) -> Mask:
    """A vector near the sum of the parents' clusters."""
    chosen = [int(parent) for parent in parents]
    alone = len(chosen) == 1 or not balanced
    factors = None if alone else family.balanced(chosen, threshold)
    deviation = family.clusters[1][chosen].mean(0)
    noise = spread * deviation * rng.standard_normal(len(deviation))
    return np.asarray(family.summed(chosen, factors) + noise, np.float32)


def _fitted(mask: Mask, size: tuple[int, int], threshold: float) -> Mask:
    """What of a mask exceeds the threshold, scaled into a box; its strongest pixel is 1."""
    import cv2

    least = min(threshold, float(mask.max()))
    rows, cols = (np.flatnonzero((mask >= least).any(axis)) for axis in (1, 0))
    part = np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])
    scale = min(size[0] / part.shape[0], size[1] / part.shape[1])
    shape = [max(1, min(s, round(p * scale))) for s, p in zip(size, part.shape, strict=True)]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(part, (shape[1], shape[0]), interpolation=way)
    scaled = np.where(scaled >= min(least, float(scaled.max())), scaled, 0.0)
    return np.asarray(scaled / scaled.max(), np.float32)
