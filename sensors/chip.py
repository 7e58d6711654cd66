"""One individual sensor: its fixed pattern, its defects, and the frames that it takes.

Everything happens in electrons up to the converter, defects included.
Reference: EMVA Standard 1288, Release 4.0 Linear (2021), sensor model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.errors import FrameError
from isp.frame import FrameMeta, RawFrame
from isp.levels import Levels
from isp.population import damage
from isp.population import table as defect_table
from isp.population.blinking import Blinker
from isp.population.damage import States
from isp.population.table import DefectTable
from isp.settings import Setting
from sensors.model import SensorModel

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Exposure:
    """What one exposure gives.

    Parameters
    ----------
    frame : RawFrame
        Codes as read out, defects included.
    undamaged : RawFrame
        The same exposure, noise and all, of a sensor without defects.
    noise_free : RawFrame
        The same without noise and fixed pattern, float32 DN with black.
    truth : DefectMap
        Defective pixels with their deviation in DN.
    """

    frame: RawFrame
    undamaged: RawFrame
    noise_free: RawFrame
    truth: DefectMap


@dataclass(frozen=True, eq=False)
class Chip:
    """An individual sensor; build one with `Chip.make`.

    Parameters
    ----------
    sensor : SensorModel
        Its type.
    shape : (int, int)
        Active rows and columns (a part of the sensor where less than the type has).
    offset_e : float32 array
        Fixed offset of every raw pixel in electrons (DSNU and column pattern).
    response : float32 array
        Fixed relative response of every raw pixel (PRNU), mean 1.
    defects : DefectTable
        Its defects; empty where none were asked for.
    """

    sensor: SensorModel
    shape: tuple[int, int]
    offset_e: Plane
    response: Plane
    defects: DefectTable

    @classmethod
    def make(
        cls,
        sensor: SensorModel,
        shape: tuple[int, int],
        rng: np.random.Generator,
        *,
        defects: bool = True,
    ) -> Chip:
        """Draw an individual sensor of a type, with its population of defects or without any."""
        pattern, placing = rng.spawn(2)
        meta = _nominal_meta(sensor, shape)
        raw = meta.shape
        offset = pattern.standard_normal(raw, np.float32) * np.float32(sensor.dsnu_e)
        offset += pattern.normal(0, sensor.column_pattern_e, raw[1]).astype(np.float32)
        response = pattern.standard_normal(raw, np.float32)
        response *= np.float32(sensor.prnu_percent / 100)
        response += 1
        population = sensor.population if defects else type(sensor.population)()
        table = defect_table.draw(population, meta, placing)
        return cls(sensor, shape, offset, response, table)

    def expose(
        self,
        scene_rgb: NDArray[np.float32] | None,
        rng: np.random.Generator,
        *,
        exposure_s: float | None = None,
        temperature_c: float | None = None,
        gain: float = 1.0,
        illuminance_lx: float | None = None,
        states: States | None = None,
    ) -> Exposure:
        """Expose a scene.

        Parameters
        ----------
        scene_rgb : float32 array of shape (H, W, 3), optional
            Linear sRGB, 1 = white; a dark frame where not given.
        rng : Generator
            Noise of this frame.
        exposure_s, temperature_c : float, optional
            The sensor's nominal ones where not given.
        gain : float
            Analogue gain, 1 = base.
        illuminance_lx : float, optional
            Light of white on the sensor; metered (white at 90 % of the range) where not given.
        states : mapping, optional
            Levels of blinking pixels (see `isp.population.damage`).

        Returns
        -------
        Exposure

        Raises
        ------
        FrameError
            If the scene's size is not the chip's.
        """
        seconds = self.sensor.nominal_exposure_s if exposure_s is None else exposure_s
        celsius = self.sensor.nominal_temperature_c if temperature_c is None else temperature_c
        light: Plane = np.zeros(self.shape, np.float32)
        if scene_rgb is not None:
            if scene_rgb.shape[:2] != self.shape:
                raise FrameError(
                    f"The scene is {scene_rgb.shape[0]}×{scene_rgb.shape[1]} pixels, the sensor"
                    f" {self.shape[0]}×{self.shape[1]}; make them equal."
                )
            lux = illuminance_lx
            if lux is None:
                lux = self.sensor.metered_lx(seconds, gain)
            light = self.sensor.photo_electrons(scene_rgb, seconds, lux)
        return self.read_out(
            light, rng, exposure_s=seconds, temperature_c=celsius, gain=gain, states=states
        )

    def sequence(
        self,
        scene_rgb: NDArray[np.float32] | None,
        plan: Iterable[Setting],
        rng: np.random.Generator,
        *,
        interval_s: float,
        illuminance_lx: float | None = None,
    ) -> Iterator[Exposure]:
        """Take frames of a static scene one by one; memory holds one frame however many there are.

        Parameters
        ----------
        scene_rgb : float32 array of shape (H, W, 3), optional
            Linear sRGB; dark frames where not given.
        plan : iterable of Setting
            One a frame.
        rng : Generator
            Source of noise and switching.
        interval_s : float
            Time from one frame to the next.
        illuminance_lx : float, optional
            Light of white on the sensor, which stays; metered for the frame that collects the most
            where not given.

        Yields
        ------
        Exposure
            The truth has this frame's deviations; its pixels are the same in all frames.
        """
        switching, noise = rng.spawn(2)
        blinker = Blinker(self.defects, switching)
        settings = tuple(plan)
        lux = self._metered_lx(settings) if illuminance_lx is None else illuminance_lx
        for setting in settings:
            yield self.expose(
                scene_rgb,
                noise,
                exposure_s=setting.exposure_s,
                temperature_c=setting.temperature_c,
                gain=setting.gain,
                illuminance_lx=lux,
                states=blinker.states(),
            )
            blinker.advance(interval_s)

    def _metered_lx(self, settings: tuple[Setting, ...]) -> float | None:
        """Light at which white fits every frame."""
        nominal = self.sensor.nominal_exposure_s
        fitting = [self.sensor.metered_lx(s.exposure_s or nominal, s.gain) for s in settings]
        return min(fitting, default=None)

    def read_out(
        self,
        light_e: Plane,
        rng: np.random.Generator,
        *,
        exposure_s: float,
        temperature_c: float,
        gain: float = 1.0,
        states: States | None = None,
    ) -> Exposure:
        """Turn mean photo-electrons of the active pixels, (H, W), into an exposure."""
        sensor = self.sensor
        meta = sensor.meta(self.shape, exposure_s, temperature_c, gain)
        light = np.zeros(meta.shape, np.float32)
        light[meta.active_area.slices] = light_e
        dark = np.float32(sensor.dark_e(exposure_s, temperature_c))
        noise, damaging = rng.spawn(2)
        signal_dn = self._signal_dn(light, dark, gain, noise)
        codes = _quantised(signal_dn, meta)
        ideal = np.minimum((light + dark) * np.float32(sensor.gain_dn_e(gain)), _span(meta))
        ideal += np.float32(sensor.black_dn)
        undamaged = RawFrame(codes, meta)
        noise_free = RawFrame(
            ideal, sensor.meta(self.shape, exposure_s, temperature_c, gain, "float32")
        )
        frame, truth = self._damaged(signal_dn, undamaged, damaging, states)
        return Exposure(frame, undamaged, noise_free, truth)

    def _signal_dn(
        self, light: Plane, dark: np.float32, gain: float, rng: np.random.Generator
    ) -> Plane:
        """Analogue signal above black in DN: charge, its noise, the pattern, the read-out's noise."""
        sensor = self.sensor
        k = sensor.gain_dn_e(gain)
        charge: Plane = rng.poisson(light * self.response + dark).astype(np.float32)
        np.minimum(charge, np.float32(sensor.saturation_e), out=charge)
        charge += self.offset_e
        read_e = np.hypot(sensor.read_noise_e, sensor.adc_noise_dn / k)
        charge += rng.standard_normal(charge.shape, np.float32) * np.float32(read_e)
        if sensor.row_noise_e:
            rows = rng.normal(0, sensor.row_noise_e, (len(charge), 1))
            charge += rows.astype(np.float32)
        charge *= np.float32(k)
        return charge

    def _damaged(
        self,
        signal_dn: Plane,
        undamaged: RawFrame,
        rng: np.random.Generator,
        states: States | None,
    ) -> tuple[RawFrame, DefectMap]:
        """Put the defects into the analogue signal and convert the damaged pixels anew."""
        meta, codes = undamaged.meta, undamaged.mosaic.copy()
        severity = []
        children = rng.spawn(len(self.defects.entries))
        for index, (entry, child) in enumerate(zip(self.defects.entries, children, strict=True)):
            rows, cols = entry.rows, entry.cols
            black = Levels.pick(meta.levels.black, rows, cols)
            analogue = signal_dn[rows, cols] + black
            sites = damage.sites_at(analogue, rows, cols, meta, self.defects)
            state = states.get(index) if states else None
            value = damage.damaged_dn(entry, sites, child, state) + black
            new = meta.levels.to_grid(value, rows, cols).astype(codes.dtype)
            severity.append(new.astype(np.float64) - codes[rows, cols])
            codes[rows, cols] = new
        frame = undamaged.with_mosaic(codes, f"defects: {len(self.defects)} pixels")
        return frame, self.defects.truth(severity, source=f"sensor {self.sensor.name}")


def _span(meta: FrameMeta) -> np.float32:
    """White − black in DN (a sensor's levels are the same for all colours)."""
    return np.float32((meta.levels.white - meta.levels.black).min())


def _quantised(signal_dn: Plane, meta: FrameMeta) -> NDArray[np.integer]:
    codes = signal_dn + np.float32(meta.levels.black.flat[0])
    np.rint(codes, out=codes)
    top = np.float32(meta.levels.clip.min())
    return np.clip(codes, 0, top, out=codes).astype(meta.dtype)


def _nominal_meta(sensor: SensorModel, shape: tuple[int, int]) -> FrameMeta:
    return sensor.meta(shape, sensor.nominal_exposure_s, sensor.nominal_temperature_c, 1.0)
