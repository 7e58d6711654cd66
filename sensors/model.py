"""A type of sensor after EMVA 1288: its figures, and what follows from them.

Reference: EMVA Standard 1288, Release 4.0 Linear (2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from isp.cfa import CHANNEL_OF_SITE, GB, Cfa
from isp.errors import FrameError
from isp.frame import Area, FrameMeta, Matrix3
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.population.amounts import Model
from isp.population.model import Population
from sensors.ageing import Technology
from sensors.spectrum import Bands, Colour, colour_of

METERED_WHITE = 0.9
"""Share of the range that white reaches when the light is not given."""


class Response(Model):
    """Spectral response: bands for each colour, or for ``mono``."""

    r: Bands = ()
    g: Bands = ()
    b: Bands = ()
    mono: Bands = ()


class SensorModel(Model):
    """A type of sensor. Electrons (e) are at the pixel, DN after the converter.

    Parameters
    ----------
    name, summary : str
        What it is.
    cfa : str
        Name of the colour filter array.
    rows, cols : int
        Active pixels.
    optical_black_rows, optical_black_cols : int
        Shielded rows above and columns left of the active area.
    pixel_um : float
        Pixel pitch.
    bits, black_dn : int, float
        Converter, and the code of no signal.
    system_gain_dn_e : float
        K at gain 1, in DN/e⁻.
    base_iso : float
        ISO speed at gain 1.
    saturation_e : float
        Saturation capacity.
    read_noise_e, adc_noise_dn : float
        Temporal dark noise before and after the analogue gain (quantisation comes on top).
    dark_current_e_s, dark_reference_c, dark_doubling_c : float
        Mean dark current, the temperature it is given for, and the step that doubles it.
    dsnu_e, prnu_percent : float
        Fixed spatial nonuniformity in the dark and in light.
    row_noise_e, column_pattern_e : float
        Offset of each row that changes from frame to frame; offset of each column that does not.
    gb_excess_percent : float
        By how much green in blue rows is more sensitive than green in red rows.
    response : Response
        Quantum efficiency.
    nominal_exposure_s, nominal_temperature_c : float
        Where nothing else is said.
    technology, age_years : str, float
        What decides how many hot pixels the field has added (see `sensors.ageing`).
    population : Population
        Defects of the new sensor; a preset's loader adds those of its age.
    sources : mapping
        Where each figure comes from, ``chosen`` where it was chosen.
    """

    name: str
    summary: str
    cfa: str
    rows: PositiveInt
    cols: PositiveInt
    optical_black_rows: NonNegativeInt = 0
    optical_black_cols: NonNegativeInt = 0
    pixel_um: PositiveFloat
    bits: Annotated[int, Field(ge=8, le=16)]
    black_dn: NonNegativeFloat
    system_gain_dn_e: PositiveFloat
    base_iso: PositiveFloat = 100.0
    saturation_e: PositiveFloat
    read_noise_e: NonNegativeFloat
    adc_noise_dn: NonNegativeFloat = 0.0
    dark_current_e_s: NonNegativeFloat
    dark_reference_c: float
    dark_doubling_c: PositiveFloat
    dsnu_e: NonNegativeFloat
    prnu_percent: NonNegativeFloat
    row_noise_e: NonNegativeFloat = 0.0
    column_pattern_e: NonNegativeFloat = 0.0
    gb_excess_percent: float = 0.0
    response: Response
    nominal_exposure_s: PositiveFloat
    nominal_temperature_c: float = 20.0
    technology: Technology = "cmos"
    age_years: NonNegativeFloat = 0.0
    population: Population = Population()
    sources: Mapping[str, str] = Field(default_factory=dict)

    @property
    def pattern(self) -> Cfa:
        """Colour filter array from the first active pixel."""
        return Cfa.parse(self.cfa)

    @property
    def is_mono(self) -> bool:
        """Whether there is no colour filter array."""
        return self.pattern.family == "mono"

    @property
    def colour(self) -> Colour:
        """Sensitivity and matrices, worked out from the response."""
        response = self.response
        channels = (response.mono,) if self.is_mono else (response.r, response.g, response.b)
        return colour_of(channels)

    def gain_dn_e(self, gain: float) -> float:
        """System gain K at an analogue gain."""
        return self.system_gain_dn_e * gain

    def white_dn(self, gain: float) -> float:
        """Code of saturation: of the pixel or of the converter, whichever comes first."""
        full = self.black_dn + self.gain_dn_e(gain) * self.saturation_e
        return float(min(np.floor(full), 2**self.bits - 1))

    def range_e(self, gain: float) -> float:
        """Electrons from black to white."""
        return (self.white_dn(gain) - self.black_dn) / self.gain_dn_e(gain)

    def dark_e(self, exposure_s: float, temperature_c: float) -> float:
        """Mean dark signal of an exposure in electrons."""
        doublings = (temperature_c - self.dark_reference_c) / self.dark_doubling_c
        return float(self.dark_current_e_s * exposure_s * 2.0**doublings)

    def noise(self, gain: float) -> NoiseModel:
        """Noise of one frame at an analogue gain (shot noise of the dark signal counts as signal's)."""
        k = self.gain_dn_e(gain)
        temporal_e2 = self.read_noise_e**2 + self.row_noise_e**2
        variance = k**2 * temporal_e2 + self.adc_noise_dn**2 + 1 / 12
        return NoiseModel(k, variance, source="preset")

    def white_electrons_lx_s(self) -> NDArray[np.float64]:
        """Electrons of each channel per lux second of white light on the sensor, (C,)."""
        return self.colour.electrons_lx_s_um2 * self.pixel_um**2

    def metered_lx(self, exposure_s: float, gain: float) -> float:
        """Light on the sensor at which white just fits: it reaches 90 % of the range."""
        wanted = METERED_WHITE * self.range_e(gain)
        return float(wanted / (self.white_electrons_lx_s().max() * exposure_s))

    def meta(
        self,
        shape: tuple[int, int],
        exposure_s: float,
        temperature_c: float,
        gain: float,
        dtype: Literal["uint8", "uint16", "float32"] | None = None,
    ) -> FrameMeta:
        """Metadata of a frame whose *active area* has the given (H, W)."""
        top, left = self.optical_black_rows, self.optical_black_cols
        white = self.white_dn(gain)
        stored = "uint8" if self.bits == 8 else "uint16"
        balance, matrix = self._development()
        return FrameMeta(
            shape=(shape[0] + top, shape[1] + left),
            dtype=np.dtype(dtype or stored),
            cfa=self.pattern.shifted(-top, -left),
            levels=Levels.of(self.black_dn, white),
            active_area=Area(top, left, *shape),
            white_balance=balance,
            camera_matrix=matrix,
            exposure_s=exposure_s,
            gain=self.base_iso * gain,
            temperature_c=temperature_c,
            noise=self.noise(gain),
            camera=f"ispsim {self.name}",
            provenance=(f"sensor {self.name}",),
        )

    def _development(self) -> tuple[tuple[float, float, float], Matrix3 | None]:
        """White-balance gains and camera matrix; none for a monochrome sensor."""
        if self.is_mono:
            return (1.0, 1.0, 1.0), None
        white = self.colour.electrons_lx_s_um2
        red, blue = float(white[1] / white[0]), float(white[1] / white[2])
        matrix = tuple(tuple(float(x) for x in row) for row in self.colour.from_xyz)
        return (red, 1.0, blue), matrix  # type: ignore[return-value]  # three rows of three

    def photo_electrons(
        self, scene_rgb: NDArray[np.float32], exposure_s: float, illuminance_lx: float
    ) -> NDArray[np.float32]:
        """Mean electrons that a scene releases in each active pixel.

        Parameters
        ----------
        scene_rgb : float32 array of shape (H, W, 3)
            Linear sRGB, 1 = white, above 1 for highlights.
        exposure_s : float
            Exposure time.
        illuminance_lx : float
            Light of a white surface's image on the sensor, in lux.

        Returns
        -------
        float32 array of shape (H, W)

        Raises
        ------
        FrameError
            If the scene is no (H, W, 3) array.
        """
        if scene_rgb.ndim != 3 or scene_rgb.shape[2] != 3:
            raise FrameError(f"A scene is (H, W, 3) linear sRGB; got {scene_rgb.shape}.")
        white = self.white_electrons_lx_s() * exposure_s * illuminance_lx
        rows = (self.colour.from_srgb * white[:, None]).astype(np.float32)
        electrons = np.empty(scene_rgb.shape[:2], np.float32)
        height, width = self.pattern.period
        for i in range(height):
            for j in range(width):
                site = self.pattern.site(i, j)
                weights = rows[0] if self.is_mono else rows[CHANNEL_OF_SITE[site]]
                excess = 1 + self.gb_excess_percent / 100 if site == GB else 1.0
                electrons[i::height, j::width] = scene_rgb[i::height, j::width] @ (weights * excess)
        return np.maximum(electrons, 0)
