"""Lines of any course drawn as soft masks: scratches and cracks."""

import numpy as np
from numpy.typing import NDArray


def draw_path(
    rows: NDArray[np.float64],
    cols: NDArray[np.float64],
    depth: NDArray[np.float64],
    width_px: float,
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """Draw points along a path with a Gaussian cross-section.

    Parameters
    ----------
    rows, cols : float64 arrays of shape (N,)
        The path about its centre, in steps of at most about half a pixel.
    depth : float64 array of shape (N,)
        Amplitude at each point, 0 to 1.
    width_px : float
        Full width at half depth.
    size : (int, int)
        Largest mask to return; what lies outside is cut off.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        Amplitude; rows and columns without any are cut off at the edges.
    """
    reach = int(np.ceil(1.5 * width_px))
    sigma = width_px / 2.3548
    y, x = rows + (size[0] - 1) / 2, cols + (size[1] - 1) / 2
    near_row, near_col = np.rint(y).astype(int), np.rint(x).astype(int)
    mask = np.zeros(size, np.float32)
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            r, c = near_row + i, near_col + j
            inside = (r >= 0) & (r < size[0]) & (c >= 0) & (c < size[1])
            apart = (r - y) ** 2 + (c - x) ** 2
            value = depth * np.exp(-apart / (2 * sigma**2))
            np.maximum.at(mask, (r[inside], c[inside]), value[inside].astype(np.float32))
    mask[mask < 0.05] = 0
    return _trimmed(mask)


def _trimmed(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    if not mask.any():
        return np.ones((1, 1), np.float32)
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
