"""What an optimiser remembers, as tensors by name, for a training to go on from."""

from __future__ import annotations

import torch

from stages.learned.running.tensors import Tensors


def part(tensors: Tensors, prefix: str) -> Tensors:
    """The tensors whose names start with a prefix, under the rest of their names."""
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def optimiser_tensors(name: str, optimiser: torch.optim.Optimizer) -> Tensors:
    """What an optimiser remembers, under ``<name>.<parameter>.<slot>``."""
    state = optimiser.state_dict()["state"]
    return {
        f"{name}.{index}.{slot}": torch.as_tensor(value)
        for index, slots in state.items()
        for slot, value in slots.items()
    }


def restore_optimiser(name: str, optimiser: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Give an optimiser back what `optimiser_tensors` took."""
    slots: dict[int, Tensors] = {}
    for key, value in part(tensors, f"{name}.").items():
        index, slot = key.split(".", 1)
        slots.setdefault(int(index), {})[slot] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
