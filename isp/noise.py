"""The noise model of a frame: Poisson–Gaussian in DN.

Reference: EMVA Standard 1288, photon transfer; Foi, Trimeche, Katkovnik, Egiazarian, *Practical
Poissonian-Gaussian noise modeling and fitting for single-image raw-data*, IEEE TIP 17 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isp.errors import FrameError


@dataclass(frozen=True)
class NoiseModel:
    """Variance of a pixel as a straight line over its signal.

    Parameters
    ----------
    gain_dn_e : float
        System gain K in DN/e⁻, > 0 where shot noise is known, 0 for a purely additive model.
    read_variance_dn2 : float
        Variance in the dark in DN² (temporal dark noise and quantisation), >= 0.
    source : str
        Where the model comes from: ``metadata``, ``preset`` or ``estimated``.
    """

    gain_dn_e: float
    read_variance_dn2: float
    source: str = "preset"

    def __post_init__(self) -> None:
        if not (self.gain_dn_e >= 0 and self.read_variance_dn2 >= 0):
            raise FrameError(
                f"A noise model needs a gain and a read variance >= 0; got K = {self.gain_dn_e} DN/e-"
                f" and {self.read_variance_dn2} DN²."
            )

    def variance_dn2(self, signal_dn: ArrayLike) -> NDArray[np.float64]:
        """Variance in DN² at a signal in DN above black (negative signals count as 0)."""
        signal = np.maximum(np.asarray(signal_dn, np.float64), 0.0)
        return self.gain_dn_e * signal + self.read_variance_dn2

    def sigma_dn(self, signal_dn: ArrayLike) -> NDArray[np.float64]:
        """Standard deviation in DN at a signal in DN above black."""
        return np.sqrt(self.variance_dn2(signal_dn))
