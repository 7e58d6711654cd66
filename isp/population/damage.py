"""What defects do to a frame: values of damaged pixels, in DN above black.

Because all of it is reckoned above black, a frame is damaged alike before and after black subtraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import StageError
from isp.exchange import Injection
from isp.frame import FrameMeta, RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.population.amounts import Array
from isp.population.groups import Blinking, Excess, Noisy, Response, Stuck
from isp.population.table import DefectTable, Entry
from isp.population.telegraph import Traps
from isp.transfer import srgb_decoded

States = Mapping[int, Array]
"""For an entry's index: level of each blinking pixel in units of one trap's amplitude."""


@dataclass(frozen=True, eq=False)
class Sites:
    """What the pixels of one entry see in one frame; arrays of shape (N,).

    Parameters
    ----------
    signal_dn : float64 array
        Undamaged signal above black.
    range_dn, clip_dn, black_code_dn : float64 arrays
        White and saturation above black; the file's code of black.
    noise : NoiseModel
        Of the frame; all 0 where not known.
    exposure_s, temperature_c : float
        Of the frame.
    colour : uint8 array
        Colour index of the CFA.
    """

    signal_dn: Array
    range_dn: Array
    clip_dn: Array
    black_code_dn: Array
    noise: NoiseModel
    exposure_s: float
    temperature_c: float
    colour: NDArray[np.uint8]


def apply(
    table: DefectTable,
    frame: RawFrame,
    rng: np.random.Generator,
    *,
    states: States | None = None,
    step: str = "damage",
) -> Injection:
    """Damage a frame: only pixels of the table change, on the file's code grid.

    Parameters
    ----------
    table : DefectTable
        Defects of the frame's sensor.
    frame : RawFrame
        Codes, or DN above black: the result is the same.
    rng : Generator
        Source of the noise of this frame.
    states : mapping, optional
        Levels of blinking pixels; drawn from their stationary law where not given.
    step : str
        What the provenance says.

    Returns
    -------
    Injection
        The damaged frame, and the truth with signed deviations in DN.

    Raises
    ------
    StageError
        If the table is for another geometry, or a unit needs a noise model and the frame has none.
    """
    _check(table, frame)
    mosaic = frame.mosaic.copy()
    severity: list[Array] = []
    children = rng.spawn(len(table.entries))
    for index, (entry, child) in enumerate(zip(table.entries, children, strict=True)):
        sites = _sites(entry, frame, table)
        state = states.get(index) if states else None
        value = damaged_dn(entry, sites, child, state)
        rows, cols = entry.rows, entry.cols
        black = Levels.pick(frame.levels.black, rows, cols)
        new = frame.levels.to_grid(value + black, rows, cols).astype(mosaic.dtype)
        severity.append(new.astype(np.float64) - mosaic[rows, cols])
        mosaic[rows, cols] = new
    damaged = frame.with_mosaic(mosaic, step)
    return Injection(damaged, table.truth(severity, source=step))


def damaged_dn(
    entry: Entry, sites: Sites, rng: np.random.Generator, state: Array | None = None
) -> Array:
    """Values of an entry's pixels in DN above black, clipped at saturation, not yet quantised."""
    change = _change(entry, sites, rng, state)
    return np.minimum(sites.signal_dn + entry.soft * change, sites.clip_dn)


def _check(table: DefectTable, frame: RawFrame) -> None:
    mine = (table.shape, table.active_area, table.cfa)
    if mine != (frame.shape, frame.meta.active_area, frame.cfa):
        raise StageError(
            f"The defects were drawn for a sensor of {table.shape} {table.cfa.name} with"
            f" {table.active_area}; this frame is {frame.shape} {frame.cfa.name} with"
            f" {frame.meta.active_area}."
        )


def _sites(entry: Entry, frame: RawFrame, table: DefectTable) -> Sites:
    rows, cols = entry.rows, entry.cols
    return sites_at(frame.mosaic[rows, cols], rows, cols, frame.meta, table)


def sites_at(
    values_dn: NDArray[Any],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    meta: FrameMeta,
    table: DefectTable,
) -> Sites:
    """What pixels at (rows, cols) see, given their values in the frame's DN domain."""
    levels = meta.levels

    def at(level: NDArray[np.float64]) -> Array:
        return Levels.pick(level, rows, cols)

    black = at(levels.black)
    return Sites(
        signal_dn=values_dn.astype(np.float64) - black,
        range_dn=at(levels.white) - black,
        clip_dn=at(levels.clip) - black,
        black_code_dn=black + at(levels.subtracted),
        noise=meta.noise or NoiseModel(0.0, 0.0),
        exposure_s=table.exposure_s if meta.exposure_s is None else meta.exposure_s,
        temperature_c=table.temperature_c if meta.temperature_c is None else meta.temperature_c,
        colour=meta.cfa.sites_at(rows, cols),
    )


def _scale(entry: Entry, unit: str, sites: Sites) -> Array | float:
    """DN of one unit."""
    if unit == "dn":
        return 1.0
    if unit == "range_percent":
        return sites.range_dn / 100
    if unit == "signal_percent":
        return sites.signal_dn / 100
    if sites.noise.gain_dn_e <= 0 and not (unit == "sigma" and sites.noise.read_variance_dn2 > 0):
        raise StageError(
            f"A {entry.damage.kind} defect is given in '{unit}', which needs the frame's noise model;"
            " give the amount in dn, or the frame a noise model."
        )
    if unit == "sigma":
        return sites.noise.sigma_dn(sites.signal_dn)
    return sites.noise.gain_dn_e * (_dark_growth(entry, sites) if unit == "e_s" else 1.0)


def _dark_growth(entry: Entry, sites: Sites) -> float:
    """Seconds of dark current at the reference temperature that one frame collects."""
    damage = entry.damage
    if not isinstance(damage, Excess | Blinking):
        return sites.exposure_s
    doublings = (sites.temperature_c - damage.reference_c) / damage.doubling_c
    return float(sites.exposure_s * 2.0**doublings)


def _off_rail(percent: Array, sites: Sites, from_white: NDArray[np.bool_] | bool) -> Array:
    """Level above black that lies so far off a rail on the encoded scale."""
    off = percent / 100
    light = srgb_decoded(np.where(from_white, 1 - off, off))
    # at the rail itself a white pixel is saturated, which may be above the white level
    level = light * sites.range_dn
    return np.where(from_white & (off <= 0), sites.clip_dn, level)


def _shot_noise(mean_dn: Array, sites: Sites, rng: np.random.Generator) -> Array:
    """Poisson noise of a charge given in DN, in DN; nothing where K is not known."""
    if sites.noise.gain_dn_e <= 0:
        return np.zeros_like(mean_dn)
    mean_e = np.maximum(mean_dn, 0.0) / sites.noise.gain_dn_e
    return (rng.poisson(np.minimum(mean_e, 1e15)) - mean_e) * sites.noise.gain_dn_e


def _change(entry: Entry, sites: Sites, rng: np.random.Generator, state: Array | None) -> Array:
    """What full damage adds to the signal, in DN."""
    damage = entry.damage
    if isinstance(damage, Excess):
        return _excess(damage, entry, sites, rng)
    if isinstance(damage, Stuck):
        return _stuck(damage, entry, sites, rng) - sites.signal_dn
    if isinstance(damage, Response):
        return sites.signal_dn * (entry.strength / 100 - 1)
    if isinstance(damage, Noisy):
        sigma = entry.strength * _scale(entry, damage.noise.unit, sites)
        return rng.standard_normal(len(entry.rows)) * sigma
    return _blinking(damage, entry, sites, rng, state)


def _excess(damage: Excess, entry: Entry, sites: Sites, rng: np.random.Generator) -> Array:
    unit = damage.excess.unit
    if unit == "off_rail_percent":
        return _off_rail(entry.strength, sites, True) - sites.signal_dn
    change = entry.strength * _scale(entry, unit, sites)
    if damage.offset is not None:
        change = change + entry.offset * _scale(entry, damage.offset.unit, sites)
    return change + _shot_noise(change, sites, rng) if damage.has_shot_noise else change


def _stuck(damage: Stuck, entry: Entry, sites: Sites, rng: np.random.Generator) -> Array:
    """The level above black that the pixels are stuck at."""
    unit = damage.level.unit
    if unit == "dn":
        return entry.strength - sites.black_code_dn
    if unit == "signal_percent":
        return _mean_of_colour(entry, sites) * (1 + entry.strength / 100)
    if unit == "range_percent":
        level = entry.strength / 100 * sites.range_dn
    else:
        from_white = entry.offset > 0 if damage.kind == "stuck" else damage.kind == "stuck_high"
        level = _off_rail(entry.strength, sites, from_white)
    if damage.kind == "dead":
        level = level + rng.standard_normal(len(level)) * np.sqrt(sites.noise.read_variance_dn2)
    return level


def _mean_of_colour(entry: Entry, sites: Sites) -> Array:
    """For every pixel the mean signal of its cluster's pixels of its colour."""
    key = entry.cluster * 8 + sites.colour
    names, member = np.unique(key, return_inverse=True)
    total = np.bincount(member, sites.signal_dn, minlength=len(names))
    return np.asarray((total / np.maximum(np.bincount(member), 1))[member])


def _blinking(
    damage: Blinking, entry: Entry, sites: Sites, rng: np.random.Generator, state: Array | None
) -> Array:
    if state is None:
        state = Traps.stationary(damage, len(entry.rows), rng).level(rng)
    change = entry.strength * state * _scale(entry, damage.amplitude.unit, sites)
    return change + _shot_noise(change, sites, rng) if damage.source == "dark_current" else change
