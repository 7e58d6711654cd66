"""The mosaic's symmetry built into a network's weights.

There are views in which a Bayer mosaic is a Bayer mosaic again. Mirrored about a row or a column of red
sites, or turned about one by quarters, it has red where it had: eight views. Transposed, or turned by
half about the middle of four sites, it has its greens or red and blue exchanged, and levels are white
balanced: four views. A network whose weights agree with its views answers alike in each. It need not
learn that from examples, and one look says what all would. Its channels are copies of a feature, one for
each view, and their weights are tied; what convolves stays an ordinary network.

More views are worth more examples and leave a network of the same width fewer weights of its own: eight
pay in wide networks, four in narrow ones. Layers that keep either symmetry are in `tied.layers`.

Reference: T. S. Cohen, M. Welling, *Group equivariant convolutional networks*, ICML 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

Ints = NDArray[np.int64]

_STRAIGHT, _ACROSS = np.eye(2, dtype=np.int64), np.eye(2, dtype=np.int64)[::-1]

VIEWS: dict[int, Ints] = {
    4: np.array([sign * way for way in (_STRAIGHT, _ACROSS) for sign in (1, -1)]),
    8: np.array(
        [
            np.diag([down, right]) @ way
            for way in (_STRAIGHT, _ACROSS)
            for down, right in product((1, -1), (1, -1))
        ]
    ),
}
"""Where each view takes a step (down, right), by the number of views; the first leaves all as it is."""

_REACH = 128
"""More half pixels than any tap is away."""


def _after(views: Ints) -> Ints:
    """Which view one after another is, (views, views)."""
    both = views[:, None, None] @ views[None, :, None]
    return np.asarray((both == views).all((3, 4)).argmax(2))


class Channels(NamedTuple):
    """What the channels of a tensor are, and where.

    Parameters
    ----------
    steps : tuple of int
        For each time that 2x2 places were packed into channels, the last one last, the pixels between
        those places; none for one place.
    copied : bool
        Whether channels are copies of features, one for each view.
    origin : int
        Half pixels, down and right, from the first of the places to where features of the position lie.
    """

    steps: tuple[int, ...] = ()
    copied: bool = False
    origin: int = 0

    def parts(self, count: int, views: int) -> tuple[Ints, Ints, Ints]:
        """Of each channel: what it is, which copy of it, and its place (half pixels from the origin)."""
        each = (views if self.copied else 1) * 4 ** len(self.steps)
        if count % each:
            raise ValueError(f"{count} channels are not in groups of {each}")
        number, copy = np.arange(count), np.zeros(count, np.int64)
        place = np.full((count, 2), -self.origin)
        for step in reversed(self.steps):
            number, site = np.divmod(number, 4)
            place += 2 * step * np.stack(np.divmod(site, 2), 1)
        if self.copied:
            number, copy = np.divmod(number, views)
        return number, copy, place

    def same_place(self, place: Ints) -> Ints:
        """The place as one of those that are packed together."""
        return place % (2 * 2 ** len(self.steps)) if self.steps else 0 * place


FEATURES = Channels(copied=True)
"""Channels between layers, at the origin of their position."""

FOLDED = Channels(steps=(1,), copied=True, origin=1)
"""The same at each of the 2x2 positions that a layer folds into one, or unfolds."""

CELLS = Channels(steps=(1,), origin=1)
"""The mosaic's packed planes, or groups of them, seen from the middle of their four sites."""

SITES = Channels(steps=(1,))
"""The same, seen from the first of their sites, a red one."""


class Kind(NamedTuple):
    """What a layer connects.

    Parameters
    ----------
    first, second : Channels
        Of the first and the second dimension of its weight: given and taken by a convolution. Biases go
        with the first.
    pixels : int
        Pixels between the taps of its kernel.
    """

    first: Channels = FEATURES
    second: Channels = FEATURES
    pixels: int = 1


class Symmetry(NamedTuple):
    """How a network's weights agree with the mosaic.

    Parameters
    ----------
    views : int
        A key of `VIEWS`.
    kinds : mapping
        Beginning of a layer's name to what it connects.
    """

    views: int
    kinds: Mapping[str, Kind]


_BIAS = Channels()
"""Takes the place of what a bias does not connect to."""


@lru_cache(maxsize=64)
def _groups(shape: tuple[int, ...], kind: Kind, views: int) -> tuple[Tensor, Tensor]:
    """Number of the group of weights that each weight is one with, and the size of each group.

    A weight is known by what it connects and by the way from the one to the other. Group 0 is of those
    that have no partner in some view.
    """
    indices = np.indices(shape).reshape(4, -1)
    what, copy, place = (part[indices[0]] for part in kind.first.parts(shape[0], views))
    taken, taken_copy, taken_place = (
        part[indices[1]] for part in kind.second.parts(shape[1], views)
    )
    taken_place = place if kind.second is _BIAS else taken_place
    way = (indices[2:].T - shape[2] // 2) * 2 * kind.pixels + taken_place - place
    after = _after(VIEWS[views])
    sizes = (*shape[:2], views, views, *(8,) * 2, *(2 * _REACH,) * 2)
    names = np.empty((views, len(what)), np.int64)
    for view, turn in enumerate(VIEWS[views]):
        copies = after[view][copy] if kind.first.copied else copy
        taken_copies = after[view][taken_copy] if kind.second.copied else taken_copy
        site = kind.first.same_place(place @ turn.T)
        name = (what, taken, copies, taken_copies, *site.T, *(way @ turn.T + _REACH).T)
        names[view] = np.ravel_multi_index(name, sizes)
    names.sort(axis=0)
    wanted = 1 + (np.diff(names, axis=0) != 0).sum(0)
    _, group, count = np.unique(names[0], return_inverse=True, return_counts=True)
    complete = count[group] == wanted
    numbers = np.zeros(len(group), np.int64)
    numbers[complete] = 1 + np.unique(group[complete], return_inverse=True)[1]
    size = np.bincount(numbers)
    return torch.from_numpy(numbers), torch.from_numpy(size)


class Ties:
    """Which weights of a network are one and the same, and which must be zero.

    Parameters
    ----------
    network : nn.Module
        Whose weights.
    symmetry : Symmetry
        What they agree with.
    """

    def __init__(self, network: nn.Module, symmetry: Symmetry) -> None:
        self._views = symmetry.views
        self._shapes, self._groups = {}, {}
        for name, parameter in network.named_parameters():
            kind = next(kind for start, kind in symmetry.kinds.items() if name.startswith(start))
            shape = tuple(parameter.shape)
            if len(shape) == 1:
                groups = _groups((*shape, 1, 1, 1), Kind(kind.first, _BIAS), self._views)
            else:
                groups = _groups(shape, kind, self._views)
            self._shapes[name], self._groups[name] = shape, groups

    @torch.no_grad()
    def tie(self, tensors: Iterable[Tensor]) -> None:
        """Replace weights, or gradients, by the means of those that are one, or by zero.

        Parameters
        ----------
        tensors : iterable of tensor
            In the order and the shapes of the network's parameters, changed in place.
        """
        for tensor, (group, size) in zip(tensors, self._groups.values(), strict=True):
            total = torch.zeros(len(size)).index_add_(0, group, tensor.reshape(-1))
            mean = total / size.clamp(min=1)
            mean[0] = 0.0
            tensor.copy_(mean[group].reshape(tensor.shape))

    @torch.no_grad()
    def begin(self, parameters: Iterable[Tensor]) -> None:
        """Tie weights that were drawn independently; they vary as much as before."""
        parameters = list(parameters)
        self.tie(parameters)
        for parameter in parameters:
            if parameter.ndim > 1:
                parameter.mul_(self._views**0.5)

    def free(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """One of each group of tied weights, by the names of the parameters."""
        found = {}
        for name, (group, size) in self._groups.items():
            values = torch.zeros(len(size), dtype=tensors[name].dtype)
            found[name] = values.index_copy_(0, group, tensors[name].reshape(-1).cpu())[1:]
        return found

    def whole(self, free: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All weights from what `free` gave.

        Raises
        ------
        ValueError
            If it is not of this network.
        """
        if set(free) != set(self._groups):
            raise ValueError("they are those of another network")
        found = {}
        for name, (group, size) in self._groups.items():
            if free[name].shape != (len(size) - 1,):
                raise ValueError(f"'{name}' has the shape {tuple(free[name].shape)}")
            values = functional.pad(free[name], [1, 0])
            found[name] = values[group].reshape(self._shapes[name])
        return found
