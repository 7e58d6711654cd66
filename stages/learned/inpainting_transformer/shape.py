"""The form of an inpainting transformer: what a weights file must say to be read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Readout = Literal["mean", "own"]

_LARGEST = {"blocks": 64, "heads": 64, "window": 64}
_LARGEST_ELSE = 4096
_BOOLEAN = ("skips", "told", "levelled")


@dataclass(frozen=True)
class Shape:
    """Sizes and variants of an inpainting transformer.

    Parameters
    ----------
    patch, window : int
        Side K of a patch in pixels, side L of a window in patches.
    channels : int
        Of a pixel: 4 on a packed mosaic, 3 on a picture.
    width, blocks, heads : int
        Dimension D of a token, number of blocks, attention heads (a divisor of D/2).
    expansion : int
        Hidden width of a block's MLP over D.
    grid_rows, grid_cols : int
        Patches of the whole image for *global* position embeddings; 0 for *local* ones.
    skips : bool
        Long U-Net-like skips: what block i made is added to what block n−1−i is given.
    readout : str
        ``mean``: the patch is a linear map of the mean of the last block's L² vectors. ``own``: of the
        hidden patch's own vector, which is the paper's variant of reading the first token; it can
        predict several hidden patches of a window at once.
    told : bool
        Whether the network is told which pixels of a patch are unknown, keeps those that are known, and
        predicts what a plain fill misses, with a spread; else a hidden patch is hidden whole.
    levelled : bool
        Whether each window is taken by its own level (exposure, mean per plane, contrast).
    """

    patch: int
    window: int
    channels: int
    width: int
    blocks: int
    heads: int
    expansion: int = 4
    grid_rows: int = 0
    grid_cols: int = 0
    skips: bool = False
    readout: Readout = "mean"
    told: bool = False
    levelled: bool = False

    def __post_init__(self) -> None:
        if self.width % (2 * self.heads):
            raise ValueError(
                f"a width of {self.width} does not divide into {self.heads} heads of features"
            )
        if self.told and self.readout != "own":
            raise ValueError("a network that is told what is unknown reads a patch's own vector")

    @property
    def side(self) -> int:
        """Side of a window in pixels."""
        return self.patch * self.window

    @property
    def tokens(self) -> int:
        """Patches of a window."""
        return self.window**2

    @property
    def positions(self) -> int:
        """Position embeddings: of the window's patches, or of the whole image's."""
        return self.grid_rows * self.grid_cols or self.tokens

    @staticmethod
    def checked(values: object) -> Shape:
        """A shape from what a file says; raises `ValueError` unless everything is sensible."""
        names = {field.name for field in fields(Shape)}
        if not isinstance(values, dict) or set(values) != names:
            raise ValueError(f"a shape needs the fields {', '.join(sorted(names))}")
        for name, value in values.items():
            _check(name, value)
        return Shape(**values)


def _check(name: str, value: Any) -> None:
    if name == "readout":
        if value not in get_args(Readout):
            raise ValueError(f"readout is one of {', '.join(get_args(Readout))}")
    elif name in _BOOLEAN:
        if type(value) is not bool:
            raise ValueError(f"{name} is true or false")
    else:
        least = 0 if name.startswith("grid") else 1
        most = _LARGEST.get(name, _LARGEST_ELSE)
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"{name} is a whole number from {least} to {most}")


PAPER = Shape(patch=16, window=7, channels=3, width=512, blocks=13, heads=8)
"""The configuration of the paper, local positions."""

SMALL_PAPER = Shape(patch=4, window=7, channels=4, width=128, blocks=2, heads=4, expansion=2)
"""The paper's form at a size for mosaics: windows of 56×56 raw pixels, patches of 8×8."""

SHIPPED = Shape(
    patch=4, window=7, channels=4, width=128, blocks=2, heads=4, expansion=2,
    readout="own", told=True, levelled=True,
)  # fmt: skip
"""The same size, changed where the paper's form does not suit the repair of mosaics."""
