"""A sensor as its users take it: expose a scene, get a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from sensors.chip import Chip, Exposure
from sensors.model import SensorModel
from sensors.scene import make_scene


class Sensor(SensorModel):
    """A type of sensor that can be exposed; its figures are those of `sensors.model.SensorModel`."""

    def chip(
        self, shape: tuple[int, int], rng: np.random.Generator, *, defects: bool = True
    ) -> Chip:
        """An individual sensor of this type with the given active (H, W)."""
        return Chip.make(self, shape, rng, defects=defects)

    def expose_with_reference(
        self,
        scene_rgb: NDArray[np.float32],
        rng: np.random.Generator,
        *,
        exposure_s: float | None = None,
        temperature_c: float | None = None,
        gain: float = 1.0,
    ) -> tuple[RawFrame, RawFrame]:
        """A frame of a scene from a sensor without defects, and the same without noise.

        Parameters
        ----------
        scene_rgb : float32 array of shape (H, W, 3)
            Linear sRGB, 1 = white; the light is metered so that white just fits.
        rng : Generator
            Source of the individual sensor and of the noise.
        exposure_s, temperature_c : float, optional
            The sensor's nominal ones where not given.
        gain : float
            Analogue gain, 1 = base.

        Returns
        -------
        (RawFrame, RawFrame)
            Codes with noise; float32 DN with black, without noise and fixed pattern.
        """
        making, taking = rng.spawn(2)
        chip = self.chip((scene_rgb.shape[0], scene_rgb.shape[1]), making, defects=False)
        taken: Exposure = chip.expose(
            scene_rgb, taking, exposure_s=exposure_s, temperature_c=temperature_c, gain=gain
        )
        return taken.undamaged, taken.noise_free

    def expose(
        self,
        scene_rgb: NDArray[np.float32],
        exposure_s: float,
        temperature_c: float,
        gain: float,
        rng: np.random.Generator,
    ) -> RawFrame:
        """A frame of a scene from a sensor without defects (see `expose_with_reference`)."""
        return self.expose_with_reference(
            scene_rgb, rng, exposure_s=exposure_s, temperature_c=temperature_c, gain=gain
        )[0]

    def scene(self, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
        """The synthetic scene, linear sRGB (H, W, 3), 1 = white (see `sensors.scene`)."""
        return make_scene(shape, int(rng.integers(2**32)))
