"""Weights of the inpainting transformer on disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from stages.learned.inpainting_transformer.network import InpaintingTransformer
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors


def save_weights(
    path: Path, network: InpaintingTransformer, about: dict[str, Any], half: bool = True
) -> None:
    """Write a network's weights with its shape; as bfloat16, in which it also computes, by default."""
    dtype = torch.bfloat16 if half else torch.float32
    tensors = {name: value.to(dtype) for name, value in network.state_dict().items()}
    save_tensors(path, tensors, {"shape": asdict(network.shape), **about})


def load_weights(path: Path) -> tuple[InpaintingTransformer, dict[str, Any]]:
    """A network from its weights file, float32, in evaluation mode; and what the file says of it.

    Raises
    ------
    WeightsError
        If shape and tensors do not fit each other, or a weight is not finite.
    """
    tensors, about = load_tensors(path)
    try:
        shape = Shape.checked(about.pop("shape", None))
        # On no device at first: a file that lies about its size must not cost memory.
        with torch.device("meta"):
            network = InpaintingTransformer(shape)
        plain = {name: value.float() for name, value in tensors.items()}
        network.load_state_dict(plain, assign=True)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}") from error
    require_finite(path, tensors)
    return network.eval(), about
