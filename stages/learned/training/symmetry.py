"""The mosaic's symmetry built into a network's weights.

Transposed, a Bayer mosaic that starts at red is one again with its greens changed; turned by half, one
with red and blue changed, and levels are white balanced: four ways to look at the same thing. A network
whose weights agree with them answers alike in each. It need not learn that from examples, and one look
says what four would. Its channels are tied in fours; what convolves stays an ordinary network.

Reference: T. S. Cohen, M. Welling, *Group equivariant convolutional networks*, ICML 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn


class View(NamedTuple):
    """Whether the mosaic is transposed, and whether it is turned by half."""

    transposed: bool
    half_turn: bool


VIEWS = (View(False, False), View(True, False), View(False, True), View(True, True))
"""All four; each undoes itself."""

Digits = tuple[str, ...]
"""What a channel's number to the base of four says, first digit first: `SITE` or `COPY`."""

SITE, COPY = "site", "copy"
"""One of the 2×2 places of a block, which views exchange as they lie; one of four copies of a feature, as
one of the views sees it."""

SITES: Digits = (SITE,)
"""Channels that are the mosaic's packed planes, or groups of them."""

INSIDE: Digits = (COPY,)
"""Channels between layers."""

BLOCKS: Digits = (COPY, SITE)
"""Channels between layers, at each of a block's four places: as a pixel shuffle takes them."""


class Kind(NamedTuple):
    """What the channels that a layer gives and takes are made of."""

    out: Digits
    taken: Digits


def _moved(digits: Digits, channels: int, view: View) -> Tensor:
    """Where each channel comes from in another view, (channels,)."""
    if channels % 4 ** len(digits):
        raise ValueError(f"{channels} channels are not in groups of {4 ** len(digits)}")
    number = torch.arange(channels)
    moved: Tensor = number // 4 ** len(digits)
    for place, digit in enumerate(digits):
        value = number // 4 ** (len(digits) - 1 - place) % 4
        if digit == COPY:
            value = value ^ (2 * view.transposed + view.half_turn)
        else:
            down, right = value // 2, value % 2
            if view.transposed:
                down, right = right, down
            value = 3 - (2 * down + right) if view.half_turn else 2 * down + right
        moved = 4 * moved + value
    return moved


def _seen(weight: Tensor, kind: Kind, view: View) -> Tensor:
    """A layer's weight or bias as another view has it."""
    weight = weight[_moved(kind.out, len(weight), view)]
    if weight.ndim == 1:
        return weight
    weight = weight[:, _moved(kind.taken, weight.shape[1], view)]
    weight = weight.transpose(2, 3) if view.transposed else weight
    flipped: Tensor = weight.flip(2, 3) if view.half_turn else weight
    return flipped


class Ties:
    """Which weights of a network are one and the same.

    Parameters
    ----------
    network : nn.Module
        Whose weights.
    kinds : mapping
        Beginning of a layer's name to what its channels are.
    """

    def __init__(self, network: nn.Module, kinds: Mapping[str, Kind]) -> None:
        self._same = []
        for name, parameter in network.named_parameters():
            kind = next(kind for start, kind in kinds.items() if name.startswith(start))
            own = torch.arange(parameter.numel()).reshape(parameter.shape)
            self._same.append(torch.stack([_seen(own, kind, view).flatten() for view in VIEWS]))

    @torch.no_grad()
    def tie(self, tensors: Iterable[Tensor]) -> None:
        """Replace weights, or gradients, by the means of those that are one.

        Parameters
        ----------
        tensors : iterable of tensor
            In the order and the shapes of the network's parameters, changed in place.
        """
        for tensor, same in zip(tensors, self._same, strict=True):
            tensor.copy_(tensor.reshape(-1)[same].mean(0).reshape(tensor.shape))

    @torch.no_grad()
    def begin(self, parameters: Iterable[Tensor]) -> None:
        """Tie weights that were drawn independently; they vary as much as before."""
        parameters = list(parameters)
        self.tie(parameters)
        for parameter in parameters:
            if parameter.ndim > 1:
                parameter.mul_(len(VIEWS) ** 0.5)
