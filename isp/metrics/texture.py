"""Whether a repair has the texture of its surroundings: a smooth hole is a defect one can see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.metrics.regions import RING_WIDTH_PX, Cluster

MIN_PIXELS = 3  # of one colour, for a variance


def texture_ratio(
    encoded: NDArray[np.float64],
    colours: NDArray[np.uint8],
    truth: DefectMap,
    clusters: list[Cluster],
) -> float:
    """Variance of repaired pixels over that of the good pixels round them.

    Parameters
    ----------
    encoded : float64 array of shape (H, W)
        Encoded levels of the repaired mosaic.
    colours : uint8 array of shape (H, W)
        Colour index of each pixel: variances are taken inside one colour.
    truth : DefectMap
        All defects of the frame; none counts as surroundings.
    clusters : list of Cluster
        The clusters to look at; of each, the colours with at least 3 pixels.

    Returns
    -------
    float
        Pooled over clusters and colours: 1 looks like the surroundings, 0 is flat. NaN where no
        cluster is large enough or the surroundings are flat themselves.
    """
    bad = truth.mask()
    repaired = around = 0.0
    for cluster in clusters:
        for inside, outside in _same_colour_pairs(encoded, colours, truth, cluster, bad):
            repaired += float(inside.var()) * len(inside)
            around += float(outside.var()) * len(inside)
    return repaired / around if around > 0 else float("nan")


def _same_colour_pairs(
    encoded: NDArray[np.float64],
    colours: NDArray[np.uint8],
    truth: DefectMap,
    cluster: Cluster,
    bad: NDArray[np.bool_],
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Values of a cluster and of its surroundings, for each colour with enough pixels in both."""
    rows, cols = truth.rows[cluster.entries], truth.cols[cluster.entries]
    box, width = cluster.box, RING_WIDTH_PX
    near = (
        slice(max(box.top - width, 0), box.bottom + width),
        slice(max(box.left - width, 0), box.right + width),
    )
    values, good, colour_near = encoded[near], ~bad[near], colours[near]
    mine = colours[rows, cols]
    pairs = []
    for colour in np.unique(mine):
        inside = encoded[rows, cols][mine == colour]
        outside = values[good & (colour_near == colour)]
        if min(len(inside), len(outside)) >= MIN_PIXELS:
            pairs.append((inside, outside))
    return pairs
