"""How strong a defect is: a distribution and the unit it is given in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

Array = NDArray[np.float64]


class Model(BaseModel):
    """Root of the population's models: unknown keys and infinite numbers are errors, values stay."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LogNormal(Model):
    """A log-normal distribution, the usual law of excess dark current in CMOS sensors.

    Reference: R. L. Baer, *A model for dark current characterization and simulation*, SPIE 6068 (2006).
    """

    median: PositiveFloat
    sigma_log: Annotated[PositiveFloat, Field(description="standard deviation of the natural log")]


Spread = float | tuple[float, float] | LogNormal
"""One value, [lowest, highest] (uniform), or a log-normal law."""


def quantile(spread: Spread, share: Array) -> Array:
    """Values of a spread at the given shares of its distribution, (N,) of 0 to 1."""
    if isinstance(spread, LogNormal):
        from scipy.special import ndtri

        inside = np.clip(share, 1e-12, 1 - 1e-12)
        return np.asarray(spread.median * np.exp(spread.sigma_log * ndtri(inside)))
    low, high = spread if isinstance(spread, tuple) else (spread, spread)
    return low + (high - low) * share


class Amount(Model):
    """A strength with its unit: exactly one of the unit keys is given.

    ``across`` says how it varies inside a cluster: one value for the ``cluster``, a draw for each
    ``pixel``, or ``smooth``: a random field correlated over ``correlation_px`` pixels.
    """

    dn: Spread | None = None
    e: Annotated[Spread | None, Field(description="electrons")] = None
    e_s: Annotated[
        Spread | None, Field(description="electrons per second at the reference temperature")
    ] = None
    sigma: Annotated[
        Spread | None, Field(description="times the noise's standard deviation at the local signal")
    ] = None
    signal_percent: Annotated[Spread | None, Field(description="of the local signal")] = None
    range_percent: Annotated[Spread | None, Field(description="of white level − black level")] = (
        None
    )
    off_rail_percent: Annotated[
        Spread | None,
        Field(description="distance from black or white, of the range encoded with the sRGB curve"),
    ] = None
    across: Literal["cluster", "pixel", "smooth"] = "pixel"
    correlation_px: PositiveFloat = 4.0

    @model_validator(mode="after")
    def _one_unit(self) -> Amount:
        given = [unit for unit in UNITS if getattr(self, unit) is not None]
        if len(given) != 1:
            raise ValueError(
                f"an amount is given in exactly one of {', '.join(UNITS)}; got"
                f" {', '.join(given) or 'none'}"
            )
        return self

    @property
    def unit(self) -> str:
        """The unit key that is given."""
        return next(unit for unit in UNITS if getattr(self, unit) is not None)

    @property
    def spread(self) -> Spread:
        """The distribution, in the unit."""
        spread: Spread = getattr(self, self.unit)
        return spread

    def draw(
        self,
        rng: np.random.Generator,
        rows: NDArray[Any],
        cols: NDArray[Any],
        cluster: NDArray[Any],
    ) -> Array:
        """Draw the amount of every pixel, in the unit.

        Parameters
        ----------
        rng : Generator
            Source of chance.
        rows, cols, cluster : int arrays of shape (N,)
            Where the pixels are and which belong together.

        Returns
        -------
        float64 array of shape (N,)
        """
        if self.across == "pixel":
            share = rng.random(len(rows))
        elif self.across == "cluster":
            names, member = np.unique(cluster, return_inverse=True)
            share = rng.random(len(names))[member]
        else:
            share = _smooth(rng, rows / self.correlation_px, cols / self.correlation_px)
        return quantile(self.spread, share)


UNITS = ("dn", "e", "e_s", "sigma", "signal_percent", "range_percent", "off_rail_percent")


def _smooth(rng: np.random.Generator, y: Array, x: Array) -> Array:
    """Value noise: uniform random values on a lattice of pitch 1, interpolated bilinearly."""
    if len(y) == 0:
        return y
    top, left = np.floor(y.min()), np.floor(x.min())
    i, j = (y - top).astype(np.intp), (x - left).astype(np.intp)
    lattice = rng.random((int(i.max()) + 2, int(j.max()) + 2))
    fy, fx = y - top - i, x - left - j
    upper = lattice[i, j] * (1 - fx) + lattice[i, j + 1] * fx
    lower = lattice[i + 1, j] * (1 - fx) + lattice[i + 1, j + 1] * fx
    return np.asarray(upper * (1 - fy) + lower * fy)
