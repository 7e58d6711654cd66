"""Figures on the defect pixels of the mosaic: how far the repaired values are from the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
PSNR_CAP_DB: Final = 100.0
"""What an exact repair counts: a mean over crops needs a finite figure."""
RESIDUAL_SIGMA: Final = 5.0
RESIDUAL_SHARE: Final = 0.05


@dataclass(frozen=True, eq=False)
class PixelSamples:
    """The same pixels of a reference and of a frame under test, one entry a pixel.

    Parameters
    ----------
    reference_dn, test_dn : float64 arrays of shape (N,)
        Signal above black in DN.
    reference_encoded, test_encoded : float64 arrays of shape (N,)
        sRGB-encoded, white-balanced levels, 0 .. 1.
    sigma_dn : float64 array of shape (N,)
        Noise at the reference's signal in DN; NaN where no noise model is known.
    full_scale_dn : float64 array of shape (N,)
        White less black in DN.
    code_variance : float64 array of shape (N,)
        What a step of the code grid leaves open of the encoded levels; 0 off the grid.
    """

    reference_dn: Floats
    test_dn: Floats
    reference_encoded: Floats
    test_encoded: Floats
    sigma_dn: Floats
    full_scale_dn: Floats
    code_variance: Floats

    def __len__(self) -> int:
        return len(self.reference_dn)

    def select(self, chosen: NDArray[np.bool_]) -> PixelSamples:
        """The samples of the chosen pixels (a bool array of N)."""
        return PixelSamples(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def error_dn(self) -> Floats:
        """Test less reference in DN."""
        return self.test_dn - self.reference_dn

    @property
    def error_encoded(self) -> Floats:
        """Test less reference of the encoded levels."""
        return self.test_encoded - self.reference_encoded


def psnr_db(error: ArrayLike, peak: float = 1.0, least_mse: float = 0.0) -> float:
    """Peak signal-to-noise ratio of pooled errors in dB, at most `PSNR_CAP_DB`.

    Parameters
    ----------
    error : array
        Test less reference, any shape, at least one entry.
    peak : float
        Largest possible value.
    least_mse : float
        A smaller mean square error counts as this one.
    """
    mse = float(np.mean(np.square(np.asarray(error, np.float64))))
    floor = max(least_mse, peak**2 * 10 ** (-PSNR_CAP_DB / 10))
    return float(10 * np.log10(peak**2 / max(mse, floor)))


def defect_psnr_db(samples: PixelSamples) -> float:
    """PSNR of the encoded levels, at most what the code grid leaves open.

    Of few pixels all may be hit to the code by luck, the more likely the coarser the codes are, and a
    mean in dB over crops would say little else.
    """
    return psnr_db(samples.error_encoded, least_mse=float(np.mean(samples.code_variance)))


def rms(error: ArrayLike) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(np.asarray(error, np.float64)))))


def rmse_sigma(samples: PixelSamples) -> float:
    """Root-mean-square error in units of the noise at the local signal; NaN without a noise model."""
    sigma = samples.sigma_dn
    if not (sigma > 0).all():
        return float("nan")
    return rms(samples.error_dn / sigma)


def p95_encoded(samples: PixelSamples) -> float:
    """95th percentile of the absolute error of encoded levels."""
    return float(np.percentile(np.abs(samples.error_encoded), 95))


def residual_share(samples: PixelSamples) -> float:
    """Share of pixels still defective: off by more than 5 σ and by more than 5 % of the signal.

    Without a noise model the second condition decides alone.
    """
    error = np.abs(samples.error_dn)
    above_noise = ~(error <= RESIDUAL_SIGMA * samples.sigma_dn)
    above_share = error > RESIDUAL_SHARE * np.maximum(samples.reference_dn, 0.0)
    return float(np.mean(above_noise & above_share))


def bias_percent(samples: PixelSamples) -> float:
    """Mean signed error of the linear signal in % of full scale."""
    return float(np.mean(samples.error_dn / samples.full_scale_dn)) * 100


def bias_encoded(samples: PixelSamples) -> float:
    """Mean signed error of the encoded levels."""
    return float(np.mean(samples.error_encoded))


def mse_less_noise(samples: PixelSamples) -> float:
    """Mean square error less the noise variance of a noisy reference, in (% of full scale)².

    The expected value is the mean square error against the noise-free scene; it may come out below 0
    for a few pixels. NaN without a noise model.
    """
    excess = samples.error_dn**2 - samples.sigma_dn**2
    return float(np.mean(excess / samples.full_scale_dn**2)) * 1e4


_FIGURES: Final[dict[str, Callable[[PixelSamples], float]]] = {
    "defect_psnr_db": defect_psnr_db,
    "defect_bias_percent": bias_percent,
    "defect_bias_encoded": bias_encoded,
    "defect_rmse_sigma": rmse_sigma,
    "defect_p95_encoded": p95_encoded,
    "defect_residual_share": residual_share,
}


def pixel_figures(samples: PixelSamples, *, noisy_reference: bool) -> dict[str, float]:
    """All figures of this family.

    Parameters
    ----------
    samples : PixelSamples
        At least one pixel.
    noisy_reference : bool
        Whether the reference carries noise itself (a real frame): then `mse_less_noise` is given too.

    Returns
    -------
    dict
        Name of the figure to its value; what cannot be told (no noise model) is left out.
    """
    found = {name: figure(samples) for name, figure in _FIGURES.items()}
    if noisy_reference:
        found["defect_mse_less_noise"] = mse_less_noise(samples)
    return {name: value for name, value in found.items() if np.isfinite(value)}
