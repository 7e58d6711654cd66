"""A generator's weights on disk: bfloat16 safetensors that say what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from stages.learned.defectgan.folding import folded
from stages.learned.defectgan.network import Generator, ready
from stages.learned.running.tensors import WeightsError, load_tensors, require_finite, save_tensors

KIND = "defectgan.generator"
OUTPUTS = ("relu", "tanh", "none")
CHANNELS = (3, 4)


def write_generator(path: Path, network: Generator, about: dict[str, Any]) -> None:
    """Write a generator, its normalisation folded into plain weights, as bfloat16.

    Parameters
    ----------
    path : path
        Replaced where it exists.
    network : Generator
        As trained.
    about : dict
        Anything that JSON can say, besides ``kind``, ``channels`` and ``output``.
    """
    tensors = {k: v.to(torch.bfloat16) for k, v in folded(network).state_dict().items()}
    own = {"kind": KIND, "channels": network.channels, "output": network.output}
    save_tensors(path, tensors, {**about, **own})


def load_generator(path: Path) -> tuple[Generator, dict[str, Any]]:
    """A generator from its weights, float32, in evaluation mode; and what the file says of it.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, another network's or not finite.
    """
    tensors, about = load_tensors(path)
    channels, output = about.pop("channels", None), about.pop("output", None)
    if about.pop("kind", None) != KIND:
        raise WeightsError(f"'{path}' does not hold weights of a Defect GAN generator.")
    if type(channels) is not int or channels not in CHANNELS or output not in OUTPUTS:
        raise WeightsError(
            f"'{path}' speaks of {channels!r} channels and the output {output!r};"
            f" known are {CHANNELS} and {OUTPUTS}."
        )
    network = Generator(channels, output)
    try:
        network.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (RuntimeError, TypeError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WeightsError(f"The weights in '{path}' do not fit the network: {reason}") from error
    require_finite(path, network.state_dict())
    return ready(network).eval(), about
