"""A trained generator as plain weights: what normalisation scales by is multiplied into them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from stages.learned.defectgan.network import Generator, Layer, ready


@torch.no_grad()
def folded(network: Generator) -> Generator:
    """The same function, as it is in evaluation mode, without normalisation.

    Parameters
    ----------
    network : Generator
        Of any normalisation; it stays as it is.

    Returns
    -------
    Generator
        In evaluation mode, of no normalisation.
    """
    plain = Generator(network.channels, network.output)
    training = network.training
    network.eval()  # else looking at a spectrally normalised weight moves its estimate on
    for index, (mine, theirs) in enumerate(zip(plain.layers, network.layers, strict=True)):
        norm = network.norms[index] if index < len(network.norms) else None
        weight, bias = _plain(theirs, norm)
        mine.weight.copy_(weight)
        _bias(mine).copy_(bias)
    network.train(training)
    return ready(plain).eval()


def _plain(layer: Layer, norm: nn.Module | None) -> tuple[Tensor, Tensor]:
    """Weights and biases of a layer together with the batch normalisation after it."""
    if (
        not isinstance(norm, nn.BatchNorm2d)
        or norm.running_mean is None
        or norm.running_var is None
    ):
        return layer.weight, _bias(layer)
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    shape = (1, -1, 1, 1) if isinstance(layer, nn.ConvTranspose2d) else (-1, 1, 1, 1)
    bias = (_bias(layer) - norm.running_mean) * scale + norm.bias
    return layer.weight * scale.reshape(shape), bias


def _bias(layer: Layer) -> Tensor:
    if layer.bias is None:
        raise ValueError("a layer of the generator has a bias")
    return layer.bias
