"""From spectral response to electrons and colour: what a sensor makes of daylight.

Reference: EMVA Standard 1288, Release 4.0 (2021), section 2 (photons of an irradiance); ISO 17321-1
(a camera matrix fitted to the reflectances of a colour chart).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.population.amounts import Model

Array = NDArray[np.float64]
_PLANCK_J_S, _LIGHT_M_S, _LUMENS_PER_W = 6.62607015e-34, 2.99792458e8, 683.0
_NM = np.arange(380.0, 781.0, 5.0)
CHART = "BabelColor Average"


class Band(Model):
    """A bell-shaped part of a channel's quantum efficiency.

    Parameters
    ----------
    peak_nm, width_nm : float
        Centre, and full width at half maximum.
    qe_percent : float
        Quantum efficiency at the centre, micro-lens and filter included.
    """

    peak_nm: float
    width_nm: float
    qe_percent: float


Bands = tuple[Band, ...]


@dataclass(frozen=True, eq=False)
class Colour:
    """How a sensor sees daylight.

    Parameters
    ----------
    electrons_lx_s_um2 : float64 array of shape (C,)
        Electrons per channel of a perfect white in D65, per lux second on the sensor and µm².
    from_srgb : float64 array of shape (C, 3)
        Linear sRGB to channels, white (1, 1, 1) to 1 in each.
    from_xyz : float64 array of shape (C, 3)
        XYZ (white: Y = 1) to channels, the largest channel of white 1.
    """

    electrons_lx_s_um2: Array
    from_srgb: Array
    from_xyz: Array


@cache
def _standards() -> tuple[Array, Array, Array]:
    """Colour matching functions (L, 3), daylight D65 (L,) and chart reflectances (24, L)."""
    import colour  # late: half a second that only simulation needs

    domain = colour.SpectralShape(_NM[0], _NM[-1], _NM[1] - _NM[0])

    def at(spectrum: Any) -> Array:
        return np.asarray(spectrum.copy().align(domain).values)

    observer = at(colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"])
    light = at(colour.SDS_ILLUMINANTS["D65"])
    chart = np.stack([at(patch) for patch in colour.SDS_COLOURCHECKERS[CHART].values()])
    return observer, light, chart


@cache
def srgb_to_xyz() -> Array:
    """Linear sRGB to XYZ, D65 white at Y = 1, (3, 3)."""
    import colour

    return np.asarray(colour.RGB_COLOURSPACES["sRGB"].matrix_RGB_to_XYZ, np.float64)


def chart_srgb() -> Array:
    """Linear sRGB of the 24 patches in D65, (24, 3); one is outside the gamut (below 0)."""
    observer, light, chart = _standards()
    xyz = (chart * light) @ observer / (light @ observer[:, 1])
    return np.asarray(xyz @ np.linalg.inv(srgb_to_xyz()).T)


def quantum_efficiency(bands: Bands) -> Array:
    """Quantum efficiency 0 to 1 at the wavelengths used here, (L,)."""
    total = np.zeros_like(_NM)
    for band in bands:
        apart = (_NM - band.peak_nm) / band.width_nm
        total += band.qe_percent / 100 * 2.0 ** (-4 * apart**2)
    return np.minimum(total, 1.0)


@cache
def colour_of(channels: tuple[Bands, ...]) -> Colour:
    """Sensitivity and colour matrices of channels with the given bands.

    The matrix from XYZ is the least-squares fit over the patches of a colour chart in D65, scaled so
    that white comes out exactly.

    Parameters
    ----------
    channels : tuple of Bands
        R, G, B, or one for a monochrome sensor.

    Returns
    -------
    Colour
    """
    observer, light, chart = _standards()
    efficiency = np.stack([quantum_efficiency(bands) for bands in channels])
    luminous = light @ observer[:, 1]
    watts_lx_m2 = light / (_LUMENS_PER_W * luminous * 5.0)  # spectral irradiance of 1 lx, per nm
    photons = watts_lx_m2 * _NM * 1e-9 / (_PLANCK_J_S * _LIGHT_M_S) * 5.0 * 1e-12
    electrons = efficiency @ photons
    xyz_patches = (chart * light) @ observer / luminous
    seen = (chart * photons) @ efficiency.T / electrons
    white = light @ observer / luminous
    if len(channels) == 1:
        fit = np.array([[0.0, 1.0, 0.0]])  # one channel cannot tell colours: luminance
    else:
        fit = np.linalg.lstsq(xyz_patches, seen, rcond=None)[0].T
        fit /= (fit @ white)[:, None]
    return Colour(electrons, fit @ srgb_to_xyz(), fit * (electrons / electrons.max())[:, None])
