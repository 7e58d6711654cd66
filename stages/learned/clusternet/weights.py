"""Weights of the network on disk: one of those that are tied."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from stages.learned.clusternet.network import ClusterNet, Shape, ready
from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors
from stages.learned.tied.symmetry import Ties


def save_weights(path: Path, network: ClusterNet, about: dict[str, Any], half: bool = True) -> None:
    """Write a network's weights with its shape; as bfloat16, in which it also computes, by default.

    Parameters
    ----------
    path : path
        See `training.tensors.save_tensors`.
    network : ClusterNet
        Of tied weights.
    about : dict
        What the file says besides.
    half : bool
        bfloat16 in place of float32.
    """
    dtype = torch.bfloat16 if half else torch.float32
    free = Ties(network, network.shape.symmetry).free(network.state_dict())
    tensors = {name: value.to(dtype) for name, value in free.items()}
    save_tensors(path, tensors, {"shape": asdict(network.shape), **about})


def load_weights(path: Path) -> tuple[ClusterNet, dict[str, Any]]:
    """A network from its weights file, float32, in evaluation mode; and what the file says of it.

    Raises
    ------
    WeightsError
        If shape and tensors do not fit each other, or a weight is not finite.
    """
    tensors, about = load_tensors(path)
    try:
        network = ClusterNet(Shape.checked(about.pop("shape", None)))
        free = {name: value.float() for name, value in tensors.items()}
        network.load_state_dict(Ties(network, network.shape.symmetry).whole(free))
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}") from error
    require_finite(path, tensors)
    return ready(network).eval(), about
