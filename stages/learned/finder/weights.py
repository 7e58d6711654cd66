"""Weights of the finder on disk: one of those that are tied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from stages.learned.finder.network import SYMMETRY, FinderNet
from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors
from stages.learned.tied.symmetry import Ties


def save_weights(path: Path, network: FinderNet, about: dict[str, Any]) -> None:
    """Write a finder's tied weights as bfloat16."""
    free = Ties(network, SYMMETRY).free(network.state_dict())
    tensors = {name: value.to(torch.bfloat16) for name, value in free.items()}
    save_tensors(path, tensors, {"network": "finder", **about})


def load_weights(path: Path) -> FinderNet:
    """A finder from its weights file, float32, in evaluation mode.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, of another network, or not finite.
    """
    tensors, _ = load_tensors(path)
    network = FinderNet()
    try:
        free = {name: value.float() for name, value in tensors.items()}
        network.load_state_dict(Ties(network, SYMMETRY).whole(free))
    except ValueError as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the finder: {reason}") from error
    require_finite(path, tensors)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval()
