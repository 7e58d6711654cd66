"""What the engine asks of a sensor; the models themselves live in the package ``sensors``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.population.model import Population
from isp.settings import Setting

Picture = NDArray[np.float32]


class Exposed(Protocol):
    """One exposure of a sensor with defects."""

    @property
    def frame(self) -> RawFrame:
        """Codes as read out, defects included."""

    @property
    def truth(self) -> DefectMap:
        """Its defects."""


class IndividualSensor(Protocol):
    """One sensor with a fixed pattern and defects of its own."""

    def expose(
        self, scene_rgb: Picture | None, rng: np.random.Generator, **settings: Any
    ) -> Exposed:
        """Take a frame of a scene; a dark frame where there is none."""

    def sequence(
        self,
        scene_rgb: Picture | None,
        plan: Iterable[Setting],
        rng: np.random.Generator,
        *,
        interval_s: float,
    ) -> Iterator[Exposed]:
        """Take frames of a static scene one by one, its light constant, its blinking pixels switching."""


class SensorLike(Protocol):
    """A type of sensor."""

    @property
    def name(self) -> str:
        """Name of the preset."""

    @property
    def summary(self) -> str:
        """What it represents."""

    @property
    def population(self) -> Population:
        """Its defects."""

    def scene(self, shape: tuple[int, int], rng: np.random.Generator) -> Picture:
        """A synthetic scene, linear sRGB (H, W, 3), 1 = white."""

    def chip(
        self, shape: tuple[int, int], rng: np.random.Generator, *, defects: bool = True
    ) -> IndividualSensor:
        """An individual sensor with the given active (H, W)."""

    def expose_with_reference(
        self, scene_rgb: Picture, rng: np.random.Generator, **settings: Any
    ) -> tuple[RawFrame, RawFrame]:
        """A frame of a scene without defects, and the same without noise."""
