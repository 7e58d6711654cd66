"""How many hot pixels a sensor gathers in the field: cosmic rays, counted.

Reference: G. H. Chapman, R. Thomas, I. Koren, Z. Koren, *Empirical formula for rates of hot pixel defects
based on pixel size, sensor area and ISO*, SPIE 8659 (2013): per year and mm²,
10^−1.13 · S^−3.05 · ISO^0.505 for CMOS and 10^−1.849 · S^−2.25 · ISO^0.687 for CCD pixels of S µm; the
later fit of the same group (DFT 2022) has the same powers of size and ISO.
"""

from __future__ import annotations

from typing import Literal

from isp.population.amounts import Amount, LogNormal
from isp.population.groups import Excess, Group
from isp.population.model import Population

Technology = Literal["cmos", "ccd"]
_FIT = {"cmos": (-1.13, -3.05, 0.505), "ccd": (-1.849, -2.25, 0.687)}
OFFSET_SHARE = 0.44
"""Share of hot pixels with an offset that exposure does not change (over 40 %: the same group)."""


def hot_pixels_per_year_mm2(pixel_um: float, iso: float, technology: Technology = "cmos") -> float:
    """Rate at which visible hot pixels appear, per year and mm²."""
    exponent, of_size, of_iso = _FIT[technology]
    return float(10**exponent * pixel_um**of_size * iso**of_iso)


def hot_pixel_ppm(
    pixel_um: float, iso: float, years: float, technology: Technology = "cmos"
) -> float:
    """Share of pixels that are hot after some years, in millionths."""
    return hot_pixels_per_year_mm2(pixel_um, iso, technology) * years * pixel_um**2


def aged(
    population: Population,
    pixel_um: float,
    iso: float,
    years: float,
    technology: Technology = "cmos",
) -> Population:
    """A population with the hot pixels that some years in the field add, evenly over the sensor."""
    hot = Excess(
        kind="hot",
        excess=Amount(e_s=LogNormal(median=1500.0, sigma_log=1.4)),
        offset=Amount(e=LogNormal(median=100.0, sigma_log=0.8)),
        offset_share=OFFSET_SHARE,
    )
    group = Group(damage=(hot,), rate_ppm=hot_pixel_ppm(pixel_um, iso, years, technology))
    return population.model_copy(update={"groups": (*population.groups, group)})
