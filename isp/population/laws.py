"""Where defects fall: laws that draw positions."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from isp.population.amounts import Model

Extent = tuple[int, int]
Positions = NDArray[np.intp]
Share = Annotated[float, Field(ge=0, le=1)]


class Uniform(Model):
    """Evenly over the active area: defects that appear in the field.

    Reference: G. H. Chapman, I. Koren, Z. Koren et al., *Image sensor hot pixels*, DFT 2022.
    """

    law: Literal["uniform"] = "uniform"

    def centres(self, rng: np.random.Generator, extent: Extent) -> Positions:
        """No centres."""
        return np.zeros((0, 2), np.intp)

    def draw(
        self, rng: np.random.Generator, count: int, extent: Extent, centres: Positions
    ) -> Positions:
        """Draw ``count`` positions (row, col) in the active area, (count, 2)."""
        return rng.integers(0, extent, (count, 2)).astype(np.intp)


class Clustered(Model):
    """Round random centres: defects of manufacture (a Thomas cluster process)."""

    law: Literal["clustered"]
    centres_ppm: PositiveFloat = 1.0
    radius_px: PositiveFloat = 20.0

    def centres(self, rng: np.random.Generator, extent: Extent) -> Positions:
        """Draw the centres, at least one, (K, 2)."""
        count = max(1, rng.poisson(self.centres_ppm * extent[0] * extent[1] / 1e6))
        return rng.integers(0, extent, (count, 2)).astype(np.intp)

    def draw(
        self, rng: np.random.Generator, count: int, extent: Extent, centres: Positions
    ) -> Positions:
        """Draw ``count`` positions (row, col), some of which may lie outside, (count, 2)."""
        parents = centres[rng.integers(0, len(centres), count)]
        return parents + np.rint(rng.normal(0, self.radius_px, (count, 2))).astype(np.intp)


class Impact(Model):
    """Round one place, thinning out with distance: a particle, a blow, a laser."""

    law: Literal["impact"]
    row_share: Share | None = Field(None, description="0 top, 1 bottom; drawn where not given")
    col_share: Share | None = Field(None, description="0 left, 1 right; drawn where not given")
    radius_px: PositiveFloat = 50.0

    def centres(self, rng: np.random.Generator, extent: Extent) -> Positions:
        """The one centre, (1, 2)."""
        drawn = rng.random(2)
        given = (self.row_share, self.col_share)
        share = [d if g is None else g for d, g in zip(drawn, given, strict=True)]
        return np.rint(np.multiply(share, np.subtract(extent, 1))).astype(np.intp)[None, :]

    def draw(
        self, rng: np.random.Generator, count: int, extent: Extent, centres: Positions
    ) -> Positions:
        """Draw ``count`` positions (row, col), some of which may lie outside, (count, 2)."""
        distance = rng.exponential(self.radius_px, count)
        angle = rng.uniform(0, 2 * np.pi, count)
        away = np.stack([distance * np.sin(angle), distance * np.cos(angle)], axis=1)
        return np.asarray(centres + np.rint(away).astype(np.intp))


class Edges(Model):
    """Near the edges of the array, thinning out inwards: dicing, packaging, amplifier glow."""

    law: Literal["edges"]
    depth_px: PositiveFloat = 30.0

    def centres(self, rng: np.random.Generator, extent: Extent) -> Positions:
        """No centres."""
        return np.zeros((0, 2), np.intp)

    def draw(
        self, rng: np.random.Generator, count: int, extent: Extent, centres: Positions
    ) -> Positions:
        """Draw ``count`` positions (row, col), some of which may lie outside, (count, 2)."""
        places = rng.integers(0, extent, (count, 2))
        depth = np.floor(rng.exponential(self.depth_px, count)).astype(np.intp)
        # a side is hit in proportion to its length
        axis = (rng.random(count) < extent[0] / (extent[0] + extent[1])).astype(np.intp)
        far = rng.random(count) < 0.5
        length = np.asarray(extent, np.intp)[axis]
        places[np.arange(count), axis] = np.where(far, length - 1 - depth, depth)
        return places.astype(np.intp)


Law = Annotated[Uniform | Clustered | Impact | Edges, Field(discriminator="law")]
