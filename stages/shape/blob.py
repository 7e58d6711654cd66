"""An irregular, connected cluster."""

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.registry import stage


@stage("shape", reference="M. Eden, A two-dimensional growth process, 4th Berkeley Symposium, 1961")
def blob(rng: np.random.Generator, size: tuple[int, int], cfa: Cfa) -> NDArray[np.float32]:
    """An irregular cluster grown pixel by pixel until it holds half of the box asked for.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        1 on the cluster (4-connected), else 0; no empty row or column at the edge.
    """
    wanted = max(1, round(size[0] * size[1] / 2))
    start = (size[0] // 2, size[1] // 2)
    taken, edge = {start}, _neighbours(start, size)
    while len(taken) < wanted:
        chosen = edge.pop(int(rng.integers(len(edge))))
        if chosen not in taken:
            taken.add(chosen)
            edge += [place for place in _neighbours(chosen, size) if place not in taken]
    rows, cols = np.array(sorted(taken)).T
    mask = np.zeros((int(np.ptp(rows)) + 1, int(np.ptp(cols)) + 1), np.float32)
    mask[rows - rows.min(), cols - cols.min()] = 1
    return mask


def _neighbours(place: tuple[int, int], size: tuple[int, int]) -> list[tuple[int, int]]:
    row, col = place
    around = [(row - 1, col), (row, col - 1), (row, col + 1), (row + 1, col)]
    return [(r, c) for r, c in around if 0 <= r < size[0] and 0 <= c < size[1]]
