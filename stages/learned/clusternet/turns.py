"""The ways in which a packed window can be seen and stay a mosaic that starts at red.

Transposed, the two greens change places. Turned by half, red and blue do too: levels are white balanced
and both lie alike between the greens, so a network answers as well. Both are their own inverses, and one
first fill serves all.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

_SITES = 4


class View(NamedTuple):
    """Whether a window is transposed, and whether it is turned by half."""

    transposed: bool
    half_turn: bool


VIEWS = (View(False, False), View(True, True), View(True, False), View(False, True))
"""As it is, then what differs most; so many as an `inference.Effort` says are taken."""


def turned(x: Tensor, view: View) -> Tensor:
    """A batch of packed planes seen in another way, or brought back from it.

    Parameters
    ----------
    x : tensor (N, 4k, h, w)
        k groups of the planes of the four sites: R, G of the red rows, G of the blue rows, B.
    view : View
        Which.
    """
    sites = [0, 1, 2, 3]
    if view.transposed:
        x, sites = x.transpose(2, 3), [sites[k] for k in (0, 2, 1, 3)]
    if view.half_turn:
        x, sites = x.flip(2, 3), sites[::-1]
    if sites == [0, 1, 2, 3]:
        return x
    groups = x.reshape(len(x), -1, _SITES, *x.shape[2:])
    return groups[:, :, sites].flatten(1, 2)
