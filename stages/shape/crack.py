"""A crack: a jagged line that branches."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.registry import stage
from stages.kernels.strokes import draw_path


@stage("shape", reference="ISO 10110-7:2017, surface imperfections; random walk with branches")
def crack(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    width_px: Annotated[float, Field(gt=0, le=100, description="pixels")] = 1.2,
    branches: Annotated[int, Field(ge=0, le=50)] = 3,
) -> NDArray[np.float32]:
    """A jagged line from one side of the box to beyond its middle, with thinner branches.

    Parameters
    ----------
    width_px : float
        Full width at half depth of the main line.
    branches : int
        Number of branches that leave it.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        Amplitude; branches fade towards their ends.
    """
    length = max(size)
    heading = rng.uniform(0, 2 * np.pi)
    main = _walk(rng, np.zeros(2), heading, length)
    paths, depths = [main], [np.ones(len(main))]
    for _ in range(branches):
        start = main[int(rng.integers(len(main)))]
        turn = heading + rng.choice([-1, 1]) * rng.uniform(0.3, 1.2)
        branch = _walk(rng, start, turn, max(1, int(length * rng.uniform(0.15, 0.5))))
        paths.append(branch)
        depths.append(np.linspace(0.9, 0.3, len(branch)))
    places = np.concatenate(paths)
    places -= (places.min(axis=0) + places.max(axis=0)) / 2
    scale = np.minimum(1, (np.array(size) - 1) / np.maximum(np.ptp(places, axis=0), 1e-9))
    places *= scale
    return draw_path(places[:, 0], places[:, 1], np.concatenate(depths), width_px, size)


def _walk(
    rng: np.random.Generator, start: NDArray[np.float64], heading: float, length: int
) -> NDArray[np.float64]:
    """Half-pixel steps whose direction jitters, and now and then jumps, about a heading."""
    steps = 2 * length
    jumps = rng.normal(0, 0.9, steps // 10 + 1).repeat(10)[:steps]
    angle = heading + jumps + rng.normal(0, 0.2, steps)
    moves = 0.5 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.asarray(start + np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)]))
