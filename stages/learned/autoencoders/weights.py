"""Weights files of the autoencoders: network, size, tensors and the calibration of the detector."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stages.learned.autoencoders.reconstructor import NETWORKS, Autoencoder, Reconstructor
from stages.learned.running.place import Place
from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors

WEIGHTS = Path(__file__).parents[1] / "weights"


def save_network(
    path: Path, name: str, network: Autoencoder, state: dict[str, Tensor], about: dict[str, Any]
) -> None:
    """Write weights as bfloat16.

    Parameters
    ----------
    path : path
        Replaced where it exists.
    name : str
        Key of `NETWORKS`.
    network : Ae, MemAe or Cae
        For its size.
    state : dict of tensor
        Its state, such as an average.
    about : dict
        What else to write into the header.
    """
    half = {k: v.to(torch.bfloat16) if v.is_floating_point() else v for k, v in state.items()}
    save_tensors(path, half, {"network": name, "size": asdict(network.size), **about})


def load_network(path: Path, name: str) -> tuple[Reconstructor, dict[str, Any]]:
    """A network from its weights file, float32, settled, in evaluation mode; and what the file says.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, of another network, or its tensors do not fit its size.
    """
    tensors, about = load_tensors(path)
    found = about.pop("network", None)
    if found != name:
        raise WeightsError(
            f"'{path}' holds weights of the network {found!r}; this stage runs '{name}'."
        )
    kind = NETWORKS[name]
    try:
        network = kind(kind.size_type.checked(about.pop("size", None)))  # type: ignore[arg-type]
        network.load_state_dict({k: v.float() for k, v in tensors.items()})
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).rstrip(".").splitlines()[-1].strip()  # torch puts a heading first
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}.") from error
    require_finite(path, network.state_dict())
    reconstructor = Reconstructor(network)
    reconstructor.settle()
    return reconstructor.eval(), about


@lru_cache(maxsize=8)
def _loaded(
    path: Path, name: str, changed_ns: int, place: Place
) -> tuple[Reconstructor, dict[str, Any]]:
    network, about = load_network(path, name)
    return place.ready(network), about


def shipped(name: str, weights: str, place: Place) -> tuple[Reconstructor, dict[str, Any]]:
    """The network of a stage, ready for a place, and its header: as shipped, or of a user's file.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or of another network, or not for packed mosaics.
    """
    path = Path(weights) if weights else WEIGHTS / f"{name}.safetensors"
    found = _loaded(path, name, path.stat().st_mtime_ns if path.is_file() else 0, place)
    channels = found[0].network.size.channels
    if channels != 4:
        raise WeightsError(
            f"'{path}' was trained on pictures of {channels} channels; a packed mosaic has 4."
        )
    return found
