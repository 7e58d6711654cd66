"""Random telegraph signals: traps that switch between two states at given rates.

Reference: S. Machlup, *Noise in semiconductors: spectrum of a two-parameter random signal*, Journal of
Applied Physics 25 (1954).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.population.amounts import Array
from isp.population.groups import Blinking


@dataclass(frozen=True, eq=False)
class Traps:
    """The traps of N blinking pixels at one moment.

    Parameters
    ----------
    active : bool array of shape (N, traps)
        Which are switched on.
    """

    damage: Blinking
    active: NDArray[np.bool_]

    @classmethod
    def stationary(cls, damage: Blinking, count: int, rng: np.random.Generator) -> Traps:
        """Traps of a sensor that has run for long."""
        return cls(damage, rng.random((count, damage.traps)) < damage.duty)

    def after(self, interval_s: float, rng: np.random.Generator) -> Traps:
        """The traps some time later: exact for any interval."""
        rate = self.damage.on_hz + self.damage.off_hz
        kept = np.exp(-rate * interval_s)
        chance = self.damage.duty + (self.active - self.damage.duty) * kept
        return Traps(self.damage, rng.random(self.active.shape) < chance)

    def level(self, rng: np.random.Generator) -> Array:
        """Level of each pixel's frame in units of one trap's amplitude, float64 (N,).

        A dark-current trap adds while it is active (taken as constant over the exposure); an
        amplifier's trap counts by its change between the two samples.
        """
        if self.damage.source == "dark_current":
            return np.asarray(self.active.sum(axis=1), np.float64)
        second = self.after(self.damage.cds_s, rng).active
        return np.asarray((second.astype(np.float64) - self.active).sum(axis=1), np.float64)
