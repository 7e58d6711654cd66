"""What a wrong map, or a stage without a map, does to good pixels: round the clusters and anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.metrics.pixels import rms
from isp.metrics.regions import ring_mask


def good_pixel_figures(
    error_encoded: NDArray[np.float64],
    changed: NDArray[np.bool_],
    defects: NDArray[np.bool_],
    ignore: NDArray[np.bool_],
) -> dict[str, float]:
    """Figures on good pixels of the mosaic.

    Parameters
    ----------
    error_encoded : float64 array of shape (H, W)
        Test less reference, encoded levels.
    changed : bool array of shape (H, W)
        Where the stage altered the frame that it was given.
    defects : bool array of shape (H, W)
        The true defects.
    ignore : bool array of shape (H, W)
        Pixels that no figure counts: saturated references, defects of the file itself.

    Returns
    -------
    dict
        ``ring_rmse_encoded`` and ``ring_changed_share`` of the 4 pixels round the clusters,
        ``good_changed_ppm`` of all good pixels. Ring figures are left out where there is no ring.
    """
    good = ~(defects | ignore)
    ring = ring_mask(defects) & ~ignore
    found = {"good_changed_ppm": _share(changed[good]) * 1e6}
    if ring.any():
        found["ring_rmse_encoded"] = rms(error_encoded[ring])
        found["ring_changed_share"] = _share(changed[ring])
    return found


def ring_delta_e(
    delta_e: NDArray[np.float64], defects: NDArray[np.bool_], ignore: NDArray[np.bool_]
) -> float:
    """Mean CIEDE2000 of the ring in the developed picture: how far a bad repair shines out."""
    ring = ring_mask(defects) & ~ignore
    return float(delta_e[ring].mean()) if ring.any() else float("nan")


def _share(flags: NDArray[Any]) -> float:
    return float(flags.mean()) if flags.size else 0.0
