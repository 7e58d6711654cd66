"""How far repairs are from the truth, pixel by pixel, as a file of the frame would hold them.

A median repeats codes of the frame and is now and then exactly right, where an expected value lies
between two codes. On a logarithmic scale that luck outweighs all else. So repairs are taken as they are
written, on the code grid, and no mean square counts as less than the codes leave open.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.metrics.encoding import code_variance, encoded_mosaic

LEAST_MSE = 1e-8
"""Off the code grid, a smaller error (80 dB) counts as this one."""

Floats = NDArray[np.float64]
Index = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Truth:
    """What repairs are held against.

    Parameters
    ----------
    reference : RawFrame
        The frame without damage, or its scene without noise.
    step_dn : float
        Distance of two codes of the frame that is repaired.
    """

    reference: RawFrame
    step_dn: float

    @cached_property
    def _encoded(self) -> Floats:
        return encoded_mosaic(self.reference)

    @cached_property
    def _least(self) -> Floats:
        return np.maximum(code_variance(self.reference, self.step_dn), LEAST_MSE)

    def squares(self, rows: Index, cols: Index, values_dn: NDArray[np.floating]) -> Squares:
        """Errors of the encoded levels in N pixels that hold these DN."""
        mosaic = self.reference.mosaic.astype(np.float64)
        mosaic[rows, cols] = values_dn
        off = encoded_mosaic(self.reference, mosaic) - self._encoded
        return Squares(off[rows, cols] ** 2, self._least[rows, cols])


@dataclass(frozen=True, eq=False)
class Squares:
    """Squared encoded errors of pixels.

    Parameters
    ----------
    error, least : float64 arrays of shape (N,)
        What they are, and what their mean counts at least.
    """

    error: Floats
    least: Floats

    def select(self, chosen: Index | NDArray[np.bool_]) -> Squares:
        """Those of some of the pixels."""
        return Squares(self.error[chosen], self.least[chosen])

    def mean(self) -> float:
        """Mean square of them all."""
        return float(max(self.error.mean(), self.least.mean()))

    def means(self, label: NDArray[np.integer]) -> Floats:
        """Mean square of each label's pixels; labels that no pixel has are left out."""
        count = np.bincount(label)
        error, least = (np.bincount(label, one) for one in (self.error, self.least))
        has = count > 0
        return np.asarray(np.maximum(error, least)[has] / count[has])
