"""How the frames of a sequence are taken: exposure, temperature and gain, constant or changing evenly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from isp.errors import ScenarioError

EXPOSURE_S: Final = (1e-9, 1e5)
TEMPERATURE_C: Final = (-100.0, 150.0)
GAIN: Final = (0.01, 1e4)
"""Lowest and highest settings that a scenario may ask for; beyond them models of sensors mean nothing."""

Ramp = float | tuple[float, float]


@dataclass(frozen=True)
class Setting:
    """How one frame of a sequence is taken.

    Parameters
    ----------
    exposure_s, temperature_c : float, optional
        The sensor's nominal ones (a file's own) where not given.
    gain : float
        Analogue gain, 1 = base.
    """

    exposure_s: float | None = None
    temperature_c: float | None = None
    gain: float = 1.0


def settings(
    frames: int,
    exposure_s: Ramp | None = None,
    temperature_c: Ramp | None = None,
    gain: Ramp = 1.0,
) -> Iterator[Setting]:
    """Settings of a sequence: each constant, or changing evenly from a first to a last value.

    Exposure and gain change by equal factors, temperature by equal steps.

    Raises
    ------
    ScenarioError
        If there is no frame, or an exposure or a gain is not above 0.
    """
    above_0 = (*_ends(1.0 if exposure_s is None else exposure_s), *_ends(gain))
    if frames < 1 or min(above_0) <= 0:
        raise ScenarioError(
            f"A sequence needs at least one frame, and exposures and gains above 0; got {frames}"
            f" frames, exposure {exposure_s} s, gain {gain}."
        )
    for index in range(frames):
        share = index / max(frames - 1, 1)
        yield Setting(
            None if exposure_s is None else _geometric(_ends(exposure_s), share),
            None if temperature_c is None else _linear(_ends(temperature_c), share),
            _geometric(_ends(gain), share),
        )


def _ends(ramp: Ramp) -> tuple[float, float]:
    return ramp if isinstance(ramp, tuple) else (ramp, ramp)


def _geometric(ends: tuple[float, float], share: float) -> float:
    return float(ends[0] * (ends[1] / ends[0]) ** share)


def _linear(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share
