"""Two nearest pixels of one colour: the smallest cluster that most corrections miss."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.registry import stage

Orientation = Literal["horizontal", "vertical", "diagonal", "any"]


@stage("shape", reference="STMicroelectronics VV6501 data sheet, defect categories: couplets")
def couplet(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    orientation: Orientation = "any",
    green: Literal["split", "merged"] = "split",
) -> NDArray[np.float32]:
    """Two nearest pixels of one colour in a direction; the size asked for is not used.

    Parameters
    ----------
    orientation : str
        ``horizontal``, ``vertical``, ``diagonal`` (either diagonal) or ``any`` of the three.
    green : str
        ``split``: Gr and Gb are colours of their own, so that a Bayer couplet's pixels are two apart.
        ``merged``: they are one colour, and the diagonal pair of greens touches.

    Returns
    -------
    float32 array of shape (h, w)
        1 at the two pixels, else 0.
    """
    directions: tuple[Orientation, ...] = ("horizontal", "vertical", "diagonal")
    chosen = directions[int(rng.integers(3))] if orientation == "any" else orientation
    falling = bool(rng.integers(2)) if chosen == "diagonal" else True
    for step in range(1, max(cfa.period) + 1):
        first, second = _pair(chosen, falling, step)
        if _colour(cfa, first, green) == _colour(cfa, second, green):
            break
    mask = np.zeros((max(first[0], second[0]) + 1, max(first[1], second[1]) + 1), np.float32)
    mask[first] = mask[second] = 1
    return mask


def _pair(
    orientation: Orientation, falling: bool, step: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two places at a distance, from the top-left of their common box."""
    if orientation == "horizontal":
        return (0, 0), (0, step)
    if orientation == "vertical":
        return (0, 0), (step, 0)
    return ((0, 0), (step, step)) if falling else ((0, step), (step, 0))


def _colour(cfa: Cfa, place: tuple[int, int], green: str) -> int:
    site = cfa.site(*place)
    return CHANNEL_OF_SITE[site] if green == "merged" else site
