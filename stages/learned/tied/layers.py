"""Layers of the networks whose weights are tied, in pairs that keep a symmetry; see `tied.symmetry`.

`Folding` and `Unfolding` pack 2x2 positions into one and unpack them, so features lie in the middle of
their position: for four views. `Doubling` puts new positions between, so features lie at one site: for
eight views.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1


def active(x: Tensor) -> Tensor:
    """What is positive, and a tenth of what is not (A. L. Maas et al., ICML 2013), in place.

    Where nothing at all passed, whole layers went out while the networks learned, and stayed out.
    """
    return functional.leaky_relu(x, SLOPE, inplace=True)


class Block(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in; starts near the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) to the same."""
        return x + cast(Tensor, self.second(active(self.first(x))))


class Packing(nn.Conv2d):
    """What 2x2 positions say together, and those round them.

    Its weights are for channels as `functional.pixel_unshuffle` orders them. That is slow where channels
    lie together in memory, so positions are packed whole, and the weights put in their order.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, taken / 4, 2h, 2w) to (N, given, h, w)."""
        count, channels, rows, cols = x.shape
        places = x.permute(0, 2, 3, 1).reshape(count, rows // 2, 2, cols // 2, 2, channels)
        packed = places.transpose(2, 3).reshape(count, rows // 2, cols // 2, -1).permute(0, 3, 1, 2)
        given, taken, *taps = self.weight.shape
        weight = self.weight.reshape(given, channels, 4, *taps).transpose(1, 2)
        weight = weight.reshape(given, taken, *taps)
        return functional.conv2d(packed, weight, self.bias, padding=self.padding)


class Folding(Packing):
    """Half the rows and columns: what 2x2 positions say together."""

    def __init__(self, taken: int, given: int) -> None:
        super().__init__(4 * taken, given, 1)


class Unfolding(nn.Conv2d):
    """Twice the rows and columns: 2x2 positions from each (W. Shi et al., CVPR 2016).

    Parameters
    ----------
    taken, given : int
        Channels.
    """

    def __init__(self, taken: int, given: int) -> None:
        super().__init__(taken, 4 * given, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, taken, h, w) to (N, given, 2h, 2w)."""
        whole = self.weight.shape
        weight = self.weight.reshape(-1, 4, *whole[1:]).transpose(0, 1).reshape(whole)
        bias = cast(Tensor, self.bias).reshape(-1, 4).T.reshape(-1)
        return _laid_out(functional.conv2d(x, weight, bias))


class Doubling(nn.Module):
    """Twice the rows and columns: each position's own, and those between it and the next.

    A transposed convolution of 3x3 taps and stride 2, worked out as one of 2x2 taps whose channels are
    shuffled into place: in bfloat16 PyTorch has no fast one on CPUs.

    Parameters
    ----------
    taken, given : int
        Channels.
    """

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(taken, given, 3, 3))
        self.bias = nn.Parameter(torch.zeros(given))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """(N, taken, h, w) to (N, given, 2h - 2, 2w - 2): nothing stands behind the last positions."""
        taken, given = self.weight.shape[:2]
        weight = self.weight.reshape(-1, 9) @ _PLACED.to(self.weight)
        weight = weight.reshape(taken, given, 4, 2, 2).permute(2, 1, 0, 3, 4)
        weight = weight.reshape(4 * given, taken, 2, 2)
        return _laid_out(functional.conv2d(x, weight, self.bias.repeat(4)))


def _laid_out(x: Tensor) -> Tensor:
    """Channels of four places, all of one place together, at those places: (N, C, 2h, 2w).

    What `functional.pixel_shuffle` does with another order of channels: here they are moved whole.
    """
    count, channels, rows, cols = x.shape
    places = x.permute(0, 2, 3, 1).reshape(count, rows, cols, 2, 2, channels // 4)
    laid = places.transpose(2, 3).reshape(count, 2 * rows, 2 * cols, channels // 4)
    return laid.permute(0, 3, 1, 2)


def _placed() -> Tensor:
    """Which of 3x3 taps each of the 2x2 new positions takes of 2x2 positions: (9, 4 · 4)."""
    along = torch.zeros(3, 2, 2)  # tap; new position, own or between; taken of this or of the next
    along[1, 0, 0] = along[2, 1, 0] = along[0, 1, 1] = 1.0
    return torch.einsum("jpy,kqx->jkpqyx", along, along).reshape(9, 16)


_PLACED = _placed()
