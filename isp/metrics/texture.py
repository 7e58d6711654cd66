"""Whether a repair has the texture of its surroundings: a smooth hole is a defect one can see.

Reference: half the mean squared difference of neighbours estimates the local variance free of slow
gradients; J. von Neumann et al., *The mean square successive difference*, Ann. Math. Stat. 12 (1941).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_PAIRS = 2


def texture_ratio(
    encoded: NDArray[np.float64],
    period: tuple[int, int],
    repaired: NDArray[np.bool_],
    around: NDArray[np.bool_],
) -> float:
    """Local variance of repaired pixels over that of the good pixels round them.

    Parameters
    ----------
    encoded : float64 array of shape (H, W)
        Encoded levels of the repaired mosaic.
    period : (int, int)
        Rows and columns between same-colour neighbours.
    repaired : bool array of shape (H, W)
        The repaired pixels.
    around : bool array of shape (H, W)
        Good pixels round them.

    Returns
    -------
    float
        1 looks like the surroundings, 0 is flat. NaN where there are no two neighbours in either, or
        the surroundings are flat themselves.
    """
    inside = _local_variance(encoded, period, repaired)
    outside = _local_variance(encoded, period, around)
    return inside / outside if outside > 0 else float("nan")


def _local_variance(
    encoded: NDArray[np.float64], period: tuple[int, int], chosen: NDArray[np.bool_]
) -> float:
    """Half the mean squared difference of same-colour neighbours that are both chosen."""
    squares = np.concatenate(
        [_squares(encoded, chosen, period[0]), _squares(encoded.T, chosen.T, period[1])]
    )
    return float(squares.mean()) / 2 if len(squares) >= MIN_PAIRS else float("nan")


def _squares(
    encoded: NDArray[np.float64], chosen: NDArray[np.bool_], lag: int
) -> NDArray[np.float64]:
    """Squared differences of the chosen pixels that lie ``lag`` rows apart."""
    both = chosen[lag:] & chosen[:-lag]
    return np.square(encoded[lag:][both] - encoded[:-lag][both])
