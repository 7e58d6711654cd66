"""Tensors on disk: safetensors with their metadata as JSON, whole or not at all, never a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from isp.errors import IspError
from isp.files import atomic

VERSION = "1"

Tensors = dict[str, Tensor]


class WeightsError(IspError):
    """A weights file cannot be read, or does not fit the network it is given to."""


def save_tensors(path: Path, tensors: Tensors, about: dict[str, Any]) -> None:
    """Write tensors and metadata.

    Parameters
    ----------
    path : path
        Replaced where it exists, once the new file is whole.
    tensors : dict of tensor
        By name.
    about : dict
        Anything that JSON can say.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"version": VERSION, **{key: json.dumps(value) for key, value in about.items()}}
    with atomic(path, force=True) as temporary:
        save_file(plain, temporary, metadata=header)


def load_tensors(path: Path) -> tuple[Tensors, dict[str, Any]]:
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


def require_finite(path: Path, tensors: Tensors) -> None:
    """Refuse weights that hold infinities or NaN.

    Raises
    ------
    WeightsError
        If any value is not finite.
    """
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise WeightsError(f"The weights in '{path}' are not all finite.")
