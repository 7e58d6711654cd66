"""Black, white and saturation levels of a frame, per CFA site."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.errors import FrameError

Table = tuple[tuple[float, ...], ...]


def _table(value: float | Table | NDArray[Any]) -> Table:
    array = np.atleast_2d(np.asarray(value, np.float64))
    return tuple(tuple(float(x) for x in row) for row in array)


def _tile(table: Table, period: tuple[int, int]) -> Table:
    array = np.asarray(table)
    return _table(np.tile(array, (period[0] // array.shape[0], period[1] // array.shape[1])))


def _words(table: Table) -> str:
    """A table for messages: ``64``, or row by row ``64 65 / 64 66``."""
    return " / ".join(" ".join(f"{value:g}" for value in row) for row in table)


@dataclass(frozen=True)
class Levels:
    """Levels in DN, each a table that repeats from the top-left of the raw frame.

    Parameters
    ----------
    black_dn : table
        Code of no light.
    white_dn : table
        Code taken as white, above black.
    clip_dn : table
        Saturation: the largest value a pixel can have.
    subtracted_dn : table
        What was already taken off the codes of the file (0 before black subtraction); with it the
        file's code of a value can be told at any stage.
    step_dn : float
        Distance of two codes on the file's grid; 0 once values are no longer on a grid.

    Raises
    ------
    FrameError
        If white is not above black or a level is not finite.
    """

    black_dn: Table
    white_dn: Table
    clip_dn: Table
    subtracted_dn: Table = ((0.0,),)
    step_dn: float = 1.0

    def __post_init__(self) -> None:
        black, white = self._common(self.black_dn, self.white_dn)
        if not (np.isfinite(black).all() and np.isfinite(white).all() and (white > black).all()):
            raise FrameError(
                f"The white level must be above the black level; got black {_words(self.black_dn)}"
                f" and white {_words(self.white_dn)} DN."
            )

    @staticmethod
    def of(
        black_dn: float | Table | NDArray[Any],
        white_dn: float | Table | NDArray[Any],
        clip_dn: float | Table | NDArray[Any] | None = None,
    ) -> Levels:
        """Levels from numbers or tables (clip: white where not given)."""
        clip = white_dn if clip_dn is None else clip_dn
        return Levels(_table(black_dn), _table(white_dn), _table(clip))

    @staticmethod
    def _common(*tables: Table) -> list[NDArray[np.float64]]:
        rows = lcm(*(len(table) for table in tables))
        cols = lcm(*(len(table[0]) for table in tables))
        return [np.asarray(_tile(table, (rows, cols))) for table in tables]

    def on(self, cfa: Cfa) -> Levels:
        """The same levels with every table at one common period with the CFA's."""
        tables = (self.black_dn, self.white_dn, self.clip_dn, self.subtracted_dn)
        rows = lcm(cfa.period[0], *(len(table) for table in tables))
        cols = lcm(cfa.period[1], *(len(table[0]) for table in tables))
        black, white, clip, subtracted = (_tile(table, (rows, cols)) for table in tables)
        return Levels(black, white, clip, subtracted, self.step_dn)

    def shifted(self, row: int, col: int) -> Levels:
        """The levels as seen from raw-frame position (row, col)."""

        def roll(table: Table) -> Table:
            return _table(np.roll(np.asarray(table), (-row, -col), (0, 1)))

        return Levels(
            roll(self.black_dn),
            roll(self.white_dn),
            roll(self.clip_dn),
            roll(self.subtracted_dn),
            self.step_dn,
        )

    def above_black(self) -> Levels:
        """The levels once black is taken off: black 0, and what was taken remembered."""
        zero = np.zeros_like(self.black)
        return Levels(
            _table(zero),
            _table(self.white - self.black),
            _table(self.clip - self.black),
            _table(self.subtracted + self.black),
            self.step_dn,
        )

    def scaled(self, gains: NDArray[np.float64]) -> Levels:
        """The levels once every site is multiplied by a table of gains: off the code grid."""

        def times(table: Table) -> Table:
            level, gain = self._common(table, _table(gains))
            return _table(level * gain)

        return Levels(
            times(self.black_dn),
            times(self.white_dn),
            times(self.clip_dn),
            times(self.subtracted_dn),
            step_dn=0.0,
        )

    def common_white(self) -> Levels:
        """The levels once values are clipped to the height above black that all sites reach."""
        height = (np.minimum(self.white, self.clip) - self.black).min()
        top = _table(self.black + height)
        return Levels(self.black_dn, top, top, self.subtracted_dn, self.step_dn)

    @property
    def black(self) -> NDArray[np.float64]:
        """Black per site, float64 of the period."""
        return np.asarray(self.black_dn)

    @property
    def white(self) -> NDArray[np.float64]:
        """White per site, float64 of the period."""
        return np.asarray(self.white_dn)

    @property
    def clip(self) -> NDArray[np.float64]:
        """Saturation per site, float64 of the period."""
        return np.asarray(self.clip_dn)

    @property
    def subtracted(self) -> NDArray[np.float64]:
        """What was taken off the file's codes, per site, float64 of the period."""
        return np.asarray(self.subtracted_dn)

    @staticmethod
    def spread(table: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float32]:
        """A table repeated over a frame of the given (H, W), float32."""
        rows, cols = table.shape
        tiled = np.tile(table.astype(np.float32), (-(-shape[0] // rows), -(-shape[1] // cols)))
        return tiled[: shape[0], : shape[1]]

    @staticmethod
    def pick(
        table: NDArray[np.float64], rows: NDArray[np.integer], cols: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """A table's values at the given raw-frame positions."""
        return np.asarray(table[rows % table.shape[0], cols % table.shape[1]], np.float64)

    def subtract(self, mosaic: NDArray[Any]) -> NDArray[np.float32]:
        """Mosaic − black, float32 (H, W), signed; exact for codes up to 16 bit."""
        return self._per_site(mosaic, self.black, np.ones_like(self.black))

    def normalise(self, mosaic: NDArray[Any]) -> NDArray[np.float32]:
        """(Mosaic − black) / (white − black), float32 (H, W)."""
        return self._per_site(mosaic, self.black, 1.0 / (self.white - self.black))

    @staticmethod
    def _per_site(
        mosaic: NDArray[Any], offset: NDArray[np.float64], scale: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        out = mosaic.astype(np.float32)
        rows, cols = offset.shape
        for i in range(rows):
            for j in range(cols):
                part = out[i::rows, j::cols]
                part -= np.float32(offset[i, j])
                part *= np.float32(scale[i, j])
        return out

    def to_grid(
        self,
        values_dn: NDArray[Any],
        rows: NDArray[np.integer],
        cols: NDArray[np.integer],
    ) -> NDArray[np.float64]:
        """Values at (rows, cols) moved to the nearest code of the file's grid and into [0, clip].

        Off the grid (``step_dn`` 0) values pass as they are.
        """
        values = np.asarray(values_dn, np.float64)
        if self.step_dn <= 0:
            return values
        offset = self.pick(self.subtracted, rows, cols)
        top = self.pick(self.clip, rows, cols) + offset
        codes = np.rint((values + offset) / self.step_dn) * self.step_dn
        return np.clip(codes, 0.0, top) - offset
