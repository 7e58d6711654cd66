"""Sequences of one individual sensor: exposure and temperature change, pixels blink."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.errors import ScenarioError
from isp.population.blinking import Blinker
from sensors.chip import Chip, Exposure

Ramp = float | tuple[float, float]


@dataclass(frozen=True)
class Setting:
    """How one frame of a sequence is taken."""

    exposure_s: float
    temperature_c: float
    gain: float = 1.0


def settings(
    frames: int, exposure_s: Ramp, temperature_c: Ramp, gain: Ramp = 1.0
) -> Iterator[Setting]:
    """Settings of a sequence: each constant, or changing evenly from a first to a last value.

    Exposure and gain change by equal factors, temperature by equal steps.

    Raises
    ------
    ScenarioError
        If there is no frame, or an exposure or a gain is not above 0.
    """
    if frames < 1 or min(_ends(exposure_s) + _ends(gain)) <= 0:
        raise ScenarioError(
            f"A sequence needs at least one frame, and exposures and gains above 0; got {frames}"
            f" frames, exposure {exposure_s} s, gain {gain}."
        )
    for index in range(frames):
        share = index / max(frames - 1, 1)
        celsius = _ends(temperature_c)
        yield Setting(
            _geometric(_ends(exposure_s), share),
            celsius[0] + (celsius[1] - celsius[0]) * share,
            _geometric(_ends(gain), share),
        )


def sequence(
    chip: Chip,
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
    chip : Chip
        The sensor, with its defects.
    scene_rgb : float32 array of shape (H, W, 3), optional
        Linear sRGB; dark frames where not given.
    plan : iterable of Setting
        One a frame (see `settings`).
    rng : Generator
        Source of noise and switching.
    interval_s : float
        Time from one frame to the next.
    illuminance_lx : float, optional
        Light of white on the sensor; metered for each frame where not given.

    Yields
    ------
    Exposure
        Frame, the same without defects and without noise, and the truth with this frame's deviations.
    """
    switching, noise = rng.spawn(2)
    blinker = Blinker(chip.defects, switching)
    for setting in plan:
        yield chip.expose(
            scene_rgb,
            noise,
            exposure_s=setting.exposure_s,
            temperature_c=setting.temperature_c,
            gain=setting.gain,
            illuminance_lx=illuminance_lx,
            states=blinker.states(),
        )
        blinker.advance(interval_s)


def _ends(ramp: Ramp) -> tuple[float, float]:
    return ramp if isinstance(ramp, tuple) else (ramp, ramp)


def _geometric(ends: tuple[float, float], share: float) -> float:
    return float(ends[0] * (ends[1] / ends[0]) ** share)
