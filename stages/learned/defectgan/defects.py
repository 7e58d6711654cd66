"""Random square defects on a picture (the thesis's algorithm 4).

Reference: A. G. Vestengen's thesis, algorithm 4 and the section on evolving the dataset. A square of
d×d is placed at least d from every border; of it the pixels that a random boolean mask picks are damaged,
white or black, off the rail by an amount that runs smoothly through the square, so that not all of them
are saturated. The area handed on is the whole square, good pixels and all.

Chosen here, where the thesis says nothing: the mask picks each pixel with a given chance (its normal
noise above 0 is a chance of one half), the amount is value noise on a lattice of a few pixels, and
defects may overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isp.errors import StageError
from isp.jit import kernel
from stages.learned.training.draws import State, integer, uniform

Mode = Literal["fixed", "dynamic"]

LATTICE_PX = 3
"""Pitch of the lattice of random values that the amounts are interpolated in."""


@dataclass(frozen=True)
class Defects:
    """What defects are drawn.

    Parameters
    ----------
    number : tuple of int
        Fewest and most in a picture.
    size_px : tuple of int
        Smallest and largest side of a square.
    white, black : bool
        Types that occur, equally often.
    densities : tuple of float
        Chances of a square's pixel to be damaged, one of which is drawn for each defect; 1 is the full
        square.
    off_rail : float
        Largest distance of a damaged level from white or black, as a share of the range.
    """

    number: tuple[int, int] = (1, 1)
    size_px: tuple[int, int] = (8, 8)
    white: bool = False
    black: bool = True
    densities: tuple[float, ...] = (1.0,)
    off_rail: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in (("number", self.number), ("size_px", self.size_px)):
            if not 1 <= low <= high:
                raise StageError(f"'{name}' runs from {low} to {high}; it must start at 1 or more.")
        if not (self.white or self.black):
            raise StageError("Defects are white, black or both; both were switched off.")
        if not self.densities or not all(0 < density <= 1 for density in self.densities):
            raise StageError(f"Densities lie above 0 and up to 1; got {self.densities}.")
        if not 0 <= self.off_rail < 1:
            raise StageError(f"'off_rail' is a share from 0 to below 1; got {self.off_rail}.")

    @staticmethod
    def of(mode: Mode) -> Defects:
        """The thesis's two modes: one black 8×8; or 1 to 3 of 7 to 12, white and black, off the rail."""
        if mode == "fixed":
            return Defects()
        return Defects((1, 3), (7, 12), white=True, densities=(0.5, 1.0), off_rail=0.25)

    @property
    def least_side_px(self) -> int:
        """Smallest height and width of a picture that has room for these defects."""
        return 3 * self.size_px[1]

    def parameters(self) -> NDArray[np.float64]:
        """As `draw_defects` takes them."""
        types = (float(self.white), float(self.black))
        return np.array([*self.number, *self.size_px, *types, self.off_rail, *self.densities])


@kernel()
def draw_defects(
    picture: NDArray[np.float32],
    area: NDArray[np.uint8],
    parameters: NDArray[np.float64],
    state: State,
) -> None:
    """Damage a picture in place.

    Parameters
    ----------
    picture : float32 array of shape (H, W, C)
        Encoded levels, 0 to 1; a damaged pixel is damaged in all channels.
    area : uint8 array of shape (H, W)
        Set to 1 in the squares, else to 0.
    parameters : float64 array
        From `Defects.parameters`.
    state : uint64 array of shape (1,)
        Source of chance.
    """
    area[:] = 0
    for _ in range(integer(state, int(parameters[0]), int(parameters[1]))):
        side = integer(state, int(parameters[2]), int(parameters[3]))
        white = parameters[4] > 0 and (parameters[5] == 0 or uniform(state) < 0.5)
        top = integer(state, side, area.shape[0] - 2 * side)
        left = integer(state, side, area.shape[1] - 2 * side)
        density = parameters[7 + integer(state, 0, len(parameters) - 8)]
        _damage(picture, top, left, side, white, density, parameters[6], state)
        area[top : top + side, left : left + side] = 1


@kernel()
def _damage(
    picture: NDArray[np.float32],
    top: int,
    left: int,
    side: int,
    white: bool,
    density: float,
    off_rail: float,
    state: State,
) -> None:
    """Put one square of damaged pixels into a picture."""
    points = side // LATTICE_PX + 2
    lattice = np.empty((points, points))
    for k in range(points * points):
        lattice[k // points, k % points] = off_rail * uniform(state)
    for i in range(side):
        for j in range(side):
            if uniform(state) >= density:
                continue
            level = _between(lattice, i / LATTICE_PX, j / LATTICE_PX)
            for c in range(picture.shape[2]):
                picture[top + i, left + j, c] = 1.0 - level if white else level


@kernel()
def _between(lattice: NDArray[np.float64], y: float, x: float) -> float:
    """Bilinear interpolation."""
    i, j = int(y), int(x)
    fy, fx = y - i, x - j
    upper = lattice[i, j] * (1 - fx) + lattice[i, j + 1] * fx
    lower = lattice[i + 1, j] * (1 - fx) + lattice[i + 1, j + 1] * fx
    return float(upper * (1 - fy) + lower * fy)
