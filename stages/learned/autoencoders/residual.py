"""What a frame has that its reconstruction has not, in units of its noise and of its surroundings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.noise import NoiseModel
from isp.noise_estimate import code_step_dn, estimate_noise
from stages.learned.autoencoders.reconstructor import SURROUNDINGS, Reconstructor
from stages.learned.autoencoders.sizes import STEP
from stages.learned.fullframe.reconstruct import reconstruct
from stages.learned.running.place import Place

Residual = Literal["l1", "ssim"]

TILE_PX = 256
LEAST_SIGMA_STEPS = 0.55
"""Of the code grid: below it noise is not Gaussian."""

GUARD_PX, RING_PX = 8, 20
"""Raw pixels on each side that are left out of, and that end, the surroundings of a pixel."""

NOISE_ONLY = 0.676
"""Square of the mean root of |z| where z is standard normal."""

FLOOR_CODE = 0.03
"""In sRGB-encoded levels: no reconstruction is better, however little noise a frame has."""

DARKEST = 1e-3
"""Of the range; below it the curve of the floor does not matter."""

SSIM_SIDE = 7
"""Side of the windows of SSIM in pixels of one colour plane."""

SSIM_NOISE = 9.0
"""Constants of SSIM in units of the noise's variance: noise alone has a distance of about 0.1."""

LEAST_DEVIATION = 1.0
"""Deviation that a pixel needs itself where SSIM, which judges windows, finds something wrong."""

EDGE_SHARE = 0.1
"""Share of the reconstruction's range in 3×3 pixels of a colour that it may be off by there."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Findings:
    """What speaks for a defect at each pixel of a frame.

    Parameters
    ----------
    score : float32 array (H, W)
        Residual, see `findings`; 0 outside the active area.
    deviation : float32 array (H, W)
        Difference over what is usual there, signed.
    made_dn : float32 array (H, W)
        The reconstructed frame in DN.
    noise_source : str
        Where the noise model comes from.
    """

    score: Floats
    deviation: Floats
    made_dn: Floats
    noise_source: str


def findings(
    frame: RawFrame, reconstructor: Reconstructor, residual: Residual, place: Place
) -> Findings:
    """Compare a frame with its reconstruction.

    A difference in sigma of the noise is divided by what is usual there: the noise, the differences in
    the surroundings (a ring that leaves out the pixel's own neighbourhood), a share of the contrast that
    the reconstruction has at the pixel, and a floor. Texture that it cannot reconstruct raises them.

    Parameters
    ----------
    frame : RawFrame
        Bayer; its active area is looked at.
    reconstructor : Reconstructor
        On the place's device.
    residual : str
        ``l1``: absolute difference over what is usual. ``ssim``: 1 − structural similarity in windows of
        one colour plane (Z. Wang et al., *Image quality assessment: from error visibility to structural
        similarity*, IEEE TIP 13, 2004), its constants set by the noise; at pixels that deviate.
    place : Place
        Device and precision.

    Raises
    ------
    StageError
        If the frame is not Bayer.
    """
    made = reconstruct(
        frame, reconstructor, multiple=STEP, tile_px=TILE_PX, overlap_px=SURROUNDINGS,
        headroom=max(1.0, *frame.meta.white_balance), place=place,
    )  # fmt: skip
    area = frame.meta.active_area
    part = frame.crop(area)
    noise = _noise(part)
    signal, expected = part.signal(), part.levels.subtract(made[area.slices])
    sigma = noise.sigma_dn(expected).astype(np.float32)
    z = (signal - expected) / sigma
    usual = 1 + _around(np.abs(z)) / NOISE_ONLY
    usual += (EDGE_SHARE * _range(expected, part.cfa.period) + _floor_dn(part, expected)) / sigma
    deviation = z / usual
    score = np.abs(deviation)
    if residual == "ssim":
        score = _unlike(signal, expected, sigma, part.cfa.period) * (score >= LEAST_DEVIATION)
    return Findings(_in_frame(frame, score), _in_frame(frame, deviation), made, noise.source)


def _in_frame(frame: RawFrame, inside: Floats) -> Floats:
    """The active area's values in an array of the frame's size, 0 around."""
    whole = np.zeros(frame.shape, np.float32)
    whole[frame.meta.active_area.slices] = inside
    return whole


def _noise(frame: RawFrame) -> NoiseModel:
    """The frame's noise, no finer than its codes."""
    noise = frame.meta.noise or estimate_noise(frame)
    least = max((LEAST_SIGMA_STEPS * code_step_dn(frame)) ** 2, 1e-12)
    return replace(noise, read_variance_dn2=max(noise.read_variance_dn2, least))


def _around(size: Floats) -> Floats:
    """Square of the mean root in the ring round each pixel: a few outliers in it count little."""
    from scipy import ndimage

    root = np.sqrt(size)
    inner, outer = 2 * GUARD_PX + 1, 2 * RING_PX + 1
    sums = [ndimage.uniform_filter(root, side, mode="reflect") * side**2 for side in (inner, outer)]
    return np.asarray(np.maximum((sums[1] - sums[0]) / (outer**2 - inner**2), 0) ** 2, np.float32)


def _sites(period: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Every colour plane of a mosaic, as an index."""
    rows, cols = period
    return [(slice(i, None, rows), slice(j, None, cols)) for i in range(rows) for j in range(cols)]


def _range(expected: Floats, period: tuple[int, int]) -> Floats:
    """Highest minus lowest of the 3×3 pixels of one colour round each pixel, DN."""
    from scipy import ndimage

    out = np.zeros_like(expected)
    for site in _sites(period):
        if expected[site].size:
            high = ndimage.maximum_filter(expected[site], 3)
            out[site] = high - ndimage.minimum_filter(expected[site], 3)
    return out


def _floor_dn(frame: RawFrame, expected: Floats) -> Floats:
    """What `FLOOR_CODE` is in DN at the expected signal, by the slope of the sRGB curve."""
    span = frame.levels.spread(frame.levels.white - frame.levels.black, frame.shape)
    level = np.clip(expected / span, DARKEST, 1)
    return np.asarray(FLOOR_CODE * span * 2.4 / 1.055 * level ** (1 - 1 / 2.4), np.float32)


def _unlike(signal: Floats, expected: Floats, sigma: Floats, period: tuple[int, int]) -> Floats:
    """1 − SSIM of each pixel's window in its colour plane, 0 to 2."""
    out = np.zeros_like(signal)
    for site in _sites(period):
        if signal[site].size:
            out[site] = 1 - _ssim(signal[site], expected[site], sigma[site])
    return out


def _ssim(x: Floats, y: Floats, sigma: Floats) -> NDArray[np.float64]:
    from scipy import ndimage

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(ndimage.uniform_filter(values, SSIM_SIDE, mode="reflect"))

    a, b = x.astype(np.float64), y.astype(np.float64)
    constant = SSIM_NOISE * mean(sigma.astype(np.float64) ** 2)
    mean_a, mean_b = mean(a), mean(b)
    both = mean(a * b) - mean_a * mean_b
    each = mean(a * a) - mean_a**2 + mean(b * b) - mean_b**2
    like = (2 * mean_a * mean_b + constant) / (mean_a**2 + mean_b**2 + constant)
    return np.asarray(like * (2 * both + constant) / (each + constant))
