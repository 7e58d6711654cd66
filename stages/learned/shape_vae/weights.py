"""Families of shapes on disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors
from stages.learned.shape_vae.family import Family
from stages.learned.shape_vae.network import SIDE, ShapeVae
from stages.learned.training.optimisers import part

SHIPPED = Path(__file__).parents[1] / "weights" / "vae.safetensors"

MOST_FAMILIES = 64
MOST_LATENT = 64


def save_families(path: Path, families: Sequence[Family], about: dict[str, Any]) -> None:
    """Write networks and their shapes, as bfloat16."""
    tensors = {}
    for number, family in enumerate(families):
        for name, value in family.network.state_dict().items():
            tensors[f"{number}.network.{name}"] = value.to(torch.bfloat16)
        tensors[f"{number}.masks"] = torch.from_numpy(family.masks).to(torch.bfloat16)
    shape = {"families": len(families), "latent": families[0].network.latent}
    save_tensors(path, tensors, {"shape": shape, **about})


def load_families(path: Path) -> tuple[tuple[Family, ...], dict[str, Any]]:
    """Read what `save_families` wrote.

    Raises
    ------
    WeightsError
        If shape and tensors do not fit each other, or a weight is not finite.
    """
    tensors, about = load_tensors(path)
    try:
        families, latent = _checked(about.pop("shape", None))
        found = tuple(_family(part(tensors, f"{k}."), latent) for k in range(families))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}") from error
    require_finite(path, tensors)
    return found, about


def families_of(weights: str) -> tuple[Family, ...]:
    """The families of a file of the user's, or the shipped ones where empty; kept once read."""
    path = Path(weights) if weights else SHIPPED
    return _loaded(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=4)
def _loaded(path: Path, changed_ns: int) -> tuple[Family, ...]:
    return load_families(path)[0]


def _checked(shape: object) -> tuple[int, int]:
    if not isinstance(shape, dict) or set(shape) != {"families", "latent"}:
        raise ValueError("a shape needs the fields families, latent")
    for name, most in (("families", MOST_FAMILIES), ("latent", MOST_LATENT)):
        if type(shape[name]) is not int or not 1 <= shape[name] <= most:
            raise ValueError(f"{name} is a whole number from 1 to {most}")
    return shape["families"], shape["latent"]


def _family(tensors: dict[str, torch.Tensor], latent: int) -> Family:
    network = ShapeVae(latent)
    network.load_state_dict({k: v.float() for k, v in part(tensors, "network.").items()})
    masks = tensors["masks"].float().numpy()
    if masks.ndim != 3 or masks.shape[1:] != (SIDE, SIDE) or not len(masks):
        raise ValueError(f"masks are of {SIDE}×{SIDE} pixels, at least one")
    if not all(mask.max() > 0 for mask in masks):
        raise ValueError("a mask without a pixel")
    return Family(network.eval(), np.ascontiguousarray(masks))
