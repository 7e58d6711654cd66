"""Colour filter arrays as data: a repeating pattern of colour indices.

Bayer in four phases, quad-Bayer, X-Trans and monochrome are values of one type; the names (``RGGB``,
``XTRANS`` ...) are only names for patterns. The pattern starts at the top-left of the *raw frame*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.errors import FrameError

R: Final = 0
GR: Final = 1  # green in a red row
B: Final = 2
GB: Final = 3  # green in a blue row
MONO: Final = 4

SITE_NAMES: Final = ("R", "Gr", "B", "Gb", "mono")
CHANNEL_NAMES: Final = ("R", "G", "B", "mono")
CHANNEL_OF_SITE: Final = (0, 1, 2, 1, 3)

_BAYER: Final = {
    "RGGB": ((R, GR), (GB, B)),
    "BGGR": ((B, GB), (GR, R)),
    "GRBG": ((GR, R), (B, GB)),
    "GBRG": ((GB, B), (R, GR)),
}
# Fujifilm X-Trans: green has no row colour, so all greens share one index.
_XTRANS: Final = (
    (GR, B, GR, GR, R, GR),
    (R, GR, R, B, GR, B),
    (GR, B, GR, GR, R, GR),
    (GR, R, GR, GR, B, GR),
    (B, GR, B, R, GR, R),
    (GR, R, GR, GR, B, GR),
)

Pattern = tuple[tuple[int, ...], ...]


def _quad(pattern: Pattern) -> Pattern:
    """Repeat every site as a 2×2 block of one colour (quad-Bayer)."""
    return tuple(
        tuple(pattern[row // 2][col // 2] for col in range(2 * len(pattern[0])))
        for row in range(2 * len(pattern))
    )


_NAMED: Final[dict[str, Pattern]] = {
    **_BAYER,
    **{f"QUAD_{name}": _quad(pattern) for name, pattern in _BAYER.items()},
    "XTRANS": _XTRANS,
    "MONO": ((MONO,),),
}
CFA_NAMES: Final = tuple(_NAMED)
BAYER_NAMES: Final = tuple(_BAYER)


@dataclass(frozen=True)
class Cfa:
    """A colour filter array.

    Parameters
    ----------
    pattern : tuple of tuple of int
        Colour index of each site of one period, row by row: 0 R, 1 Gr, 2 B, 3 Gb, 4 mono. Repeats from
        the top-left pixel of the raw frame.

    Raises
    ------
    FrameError
        If the pattern is empty, ragged, or holds an unknown index.
    """

    pattern: Pattern

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.pattern}
        if len(widths) != 1 or 0 in widths:
            raise FrameError(
                f"A CFA pattern must be a full rectangle; got rows of length {widths}."
            )
        if not all(0 <= site <= MONO for row in self.pattern for site in row):
            raise FrameError("A CFA pattern holds colour indices 0 (R) to 4 (mono) only.")

    @classmethod
    def parse(cls, name: str) -> Cfa:
        """Return the CFA of a name: a Bayer phase, ``QUAD_`` + phase, ``XTRANS`` or ``MONO``."""
        try:
            return cls(_NAMED[name.strip().upper().replace("-", "_")])
        except KeyError:
            known = ", ".join(CFA_NAMES)
            raise FrameError(f"Unknown CFA '{name}'; known are {known}.") from None

    @property
    def name(self) -> str:
        """The pattern's name; a pattern without one (a shifted X-Trans) is spelled out row by row."""
        for name, pattern in _NAMED.items():
            if pattern == self.pattern:
                return name
        return "/".join("".join("RGBGM"[site] for site in row) for row in self.pattern)

    @property
    def period(self) -> tuple[int, int]:
        """Rows and columns after which the pattern repeats."""
        return len(self.pattern), len(self.pattern[0])

    @property
    def is_bayer(self) -> bool:
        """Whether this is one of the four Bayer phases."""
        return self.pattern in _BAYER.values()

    @property
    def family(self) -> str:
        """``bayer``, ``quad``, ``xtrans``, ``mono`` or ``other``: what stages declare support for."""
        if self.is_bayer:
            return "bayer"
        sites = {site for row in self.pattern for site in row}
        if sites == {MONO}:
            return "mono"
        if self.period == (4, 4) and sites == {R, GR, B, GB}:
            return "quad"
        return "xtrans" if self.period == (6, 6) else "other"

    def site(self, row: int, col: int) -> int:
        """Colour index at a raw-frame position."""
        rows, cols = self.period
        return self.pattern[row % rows][col % cols]

    def first(self, site: int) -> tuple[int, int]:
        """Row and column of the first site of a colour, row by row.

        Raises
        ------
        FrameError
            If the pattern has no such site.
        """
        for row, sites in enumerate(self.pattern):
            if site in sites:
                return row, sites.index(site)
        raise FrameError(f"The CFA {self.name} has no {SITE_NAMES[site]} site.")

    def shifted(self, row: int, col: int) -> Cfa:
        """The CFA as seen from raw-frame position (row, col): for crops and active areas."""
        rows, cols = self.period
        return Cfa(
            tuple(tuple(self.site(row + i, col + j) for j in range(cols)) for i in range(rows))
        )

    def index_map(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Colour index of every pixel, uint8 of the given (H, W); read-only and cached."""
        return _index_map(self.pattern, shape)

    def sites_at(self, rows: NDArray[np.integer], cols: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Colour indices at the given positions, uint8 of the positions' shape."""
        height, width = self.period
        sites: NDArray[np.uint8] = np.asarray(self.pattern, np.uint8)
        return np.asarray(sites[rows % height, cols % width], np.uint8)


@lru_cache(maxsize=8)
def _index_map(pattern: Pattern, shape: tuple[int, int]) -> NDArray[np.uint8]:
    rows, cols = len(pattern), len(pattern[0])
    tiles = np.tile(np.asarray(pattern, np.uint8), (-(-shape[0] // rows), -(-shape[1] // cols)))
    index = np.ascontiguousarray(tiles[: shape[0], : shape[1]])
    index.setflags(write=False)
    return index
