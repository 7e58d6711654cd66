"""Characterise a sensor from its frames alone, by the procedure of EMVA 1288.

Reference: EMVA Standard 1288, Release 4.0 Linear (2021): photon transfer (K, temporal dark noise),
dark current from frames of different exposure, DSNU1288 and PRNU1288 from averaged frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.errors import FrameError
from sensors.chip import Chip
from sensors.model import SensorModel

Array = NDArray[np.float64]
BANDS = 16
"""Bands of rows in which everything is estimated apart: their scatter gives the errors."""
LINEAR_TO = 0.7
SHORTEST_S = 1e-5
"""Exposure of the frames that must not gather dark current."""
LEAST_NOISE_DN = 0.24
_QUANTISATION_DN2 = 1 / 12


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, parts: Array) -> Estimate:
        """Mean of independent estimates, with the error that their scatter tells."""
        return cls(float(parts.mean()), float(parts.std(ddof=1) / np.sqrt(len(parts))))


@dataclass(frozen=True)
class Characteristics:
    """What the procedure finds.

    Parameters
    ----------
    gain_dn_e : Estimate
        System gain K.
    dark_noise_e : Estimate
        Temporal dark noise σ_d.
    dsnu_e, prnu_percent : Estimate
        DSNU1288 and PRNU1288.
    dark_current_e_s : Estimate
        Mean dark current at the sensor's reference temperature.
    doubling_c : Estimate
        Rise of temperature that doubles it.
    """

    gain_dn_e: Estimate
    dark_noise_e: Estimate
    dsnu_e: Estimate
    prnu_percent: Estimate
    dark_current_e_s: Estimate
    doubling_c: Estimate


Take = Callable[[float, float, float], Array]
"""(mean photo-electrons, exposure in s, temperature in °C) → codes of the active area."""


def characterise(
    chip: Chip, rng: np.random.Generator, *, gain: float = 1.0, levels: int = 12, frames: int = 16
) -> Characteristics:
    """Run the procedure on a chip without defects.

    Parameters
    ----------
    chip : Chip
        At least 32 rows.
    rng : Generator
        Noise of the frames.
    gain : float
        Analogue gain, 1 = base.
    levels : int
        Number of light levels of the photon transfer.
    frames : int
        Frames averaged for the nonuniformities.

    Returns
    -------
    Characteristics

    Raises
    ------
    FrameError
        If the noise in the dark is too small for the converter's steps.
    """
    sensor = chip.sensor
    area = sensor.meta(chip.shape, 1.0, 20.0, gain).active_area.slices

    def take(light_e: float, exposure_s: float, temperature_c: float) -> Array:
        light = np.full(chip.shape, light_e, np.float32)
        taken = chip.read_out(
            light, rng, exposure_s=exposure_s, temperature_c=temperature_c, gain=gain
        )
        return taken.undamaged.mosaic[area].astype(np.float64)

    at = (SHORTEST_S, sensor.dark_reference_c)
    k, dark_variance = _photon_transfer(take, sensor.range_e(gain), levels, at)
    if not (dark_variance > LEAST_NOISE_DN**2).all():
        raise FrameError(
            f"Sensor '{sensor.name}' has less than {LEAST_NOISE_DN} DN of noise in the dark at gain"
            f" {gain:g}: its converter hides it, and EMVA 1288 does not apply; raise the gain."
        )
    noise = np.sqrt(np.maximum(dark_variance - _QUANTISATION_DN2, 0)) / k
    half = 0.5 * sensor.range_e(gain)
    dark_mean, dark_spatial = _spatial(take, 0.0, frames, at)
    lit_mean, lit_spatial = _spatial(take, half, frames, at)
    prnu = 100 * np.sqrt(np.maximum(lit_spatial - dark_spatial, 0)) / (lit_mean - dark_mean)
    current, doubling = _dark_currents(take, k, sensor, gain)
    return Characteristics(
        Estimate.of(k),
        Estimate.of(noise),
        Estimate.of(np.sqrt(np.maximum(dark_spatial, 0)) / k),
        Estimate.of(prnu),
        Estimate.of(current),
        Estimate.of(doubling),
    )


def _bands(frame: Array) -> list[Array]:
    return np.array_split(frame, BANDS, axis=0)


def _mean(frame: Array) -> Array:
    """Mean of each band, (BANDS,)."""
    return np.array([band.mean() for band in _bands(frame)])


def _variance(frame: Array) -> Array:
    """Variance inside each band, (BANDS,)."""
    return np.array([band.var(ddof=1) for band in _bands(frame)])


def _photon_transfer(
    take: Take, range_e: float, levels: int, at: tuple[float, float]
) -> tuple[Array, Array]:
    """K and the variance in the dark of each band, from pairs of frames."""
    signal, variance = [], []
    for light in np.linspace(0, LINEAR_TO * range_e, levels):
        first, second = take(float(light), *at), take(float(light), *at)
        signal.append(_mean(first + second) / 2)
        variance.append(_variance(first - second) / 2)
    x = np.array(signal) - signal[0]
    y = np.array(variance) - variance[0]
    # the variance of a variance goes with its square: weigh by its inverse
    weight = 1 / np.maximum(np.array(variance).mean(axis=1, keepdims=True), 1e-12) ** 2
    return (weight * x * y)[1:].sum(axis=0) / (weight * x * x)[1:].sum(axis=0), variance[0]


def _spatial(take: Take, light: float, frames: int, at: tuple[float, float]) -> tuple[Array, Array]:
    """Mean and spatial variance of each band in DN², freed of what temporal noise remains."""
    stack = np.stack([take(light, *at) for _ in range(frames)])
    average = stack.mean(axis=0)
    temporal = _mean(stack.var(axis=0, ddof=1))
    return _mean(average), _variance(average) - temporal / frames


def _dark_currents(take: Take, k: Array, sensor: SensorModel, gain: float) -> tuple[Array, Array]:
    """Dark current at the reference temperature and its doubling step, of each band."""
    enough_e = max(400.0, 20 * sensor.read_noise_e)
    longest = min(enough_e, 0.3 * sensor.range_e(gain)) / max(sensor.dark_current_e_s, 1e-9)
    warmer = np.array([0.0, 0.5, 1.0]) * sensor.dark_doubling_c
    currents = []
    for step in warmer:
        celsius = sensor.dark_reference_c + float(step)
        times = np.linspace(0.1, 1, 4) * longest / 2 ** (step / sensor.dark_doubling_c)
        means = np.stack([_mean(take(0.0, float(t), celsius)) for t in times])
        centred = times - times.mean()
        currents.append(centred @ means / (centred @ centred) / k)
    rise = np.polyfit(warmer, np.log2(np.maximum(currents, 1e-12)), 1)[0]
    return currents[0], 1 / rise
