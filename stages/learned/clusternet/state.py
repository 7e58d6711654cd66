"""Weights and the state of a training on disk: safetensors with their metadata, never a pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from isp.errors import IspError
from isp.files import atomic
from stages.learned.clusternet.network import ClusterNet, Shape, ready

VERSION = "1"


class WeightsError(IspError):
    """A weights file is not one of this network's, or does not fit it."""


def save_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write tensors and metadata, whole or not at all."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    header = {"version": VERSION, **{key: json.dumps(value) for key, value in about.items()}}
    with atomic(path, force=True) as temporary:
        save_file(plain, temporary, metadata=header)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or not one of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header.pop("version", None) != VERSION:
            raise WeightsError(f"'{path}' is not a weights file of version {VERSION} of this tool.")
        return tensors, {key: json.loads(value) for key, value in header.items()}
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise WeightsError(f"'{path}' cannot be read as weights: {error}.") from error


def save_weights(path: Path, network: ClusterNet, about: dict[str, Any], half: bool = True) -> None:
    """Write a network's weights with its shape; as bfloat16, in which it also computes, by default."""
    dtype = torch.bfloat16 if half else torch.float32
    tensors = {name: value.to(dtype) for name, value in network.state_dict().items()}
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
        network.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}") from error
    if not all(bool(torch.isfinite(value).all()) for value in network.state_dict().values()):
        raise WeightsError(f"The weights in '{path}' are not all finite.")
    return ready(network).eval(), about
