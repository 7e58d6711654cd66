"""The thesis's figures of each sample, their means and intervals, and paired leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.defect_gan.contestants import Repairer
from benchmarks.defect_gan.samples import Picture, Sample
from isp.frame import Area
from isp.metrics.bootstrap import Interval, mean_interval, paired_lead
from isp.metrics.picture import ssim_map, window_centres
from isp.metrics.pixels import psnr_db
from isp.metrics.regions import area_mask

DIGITS = 3

Results = dict[str, Any]
"""``images``: the image of each sample; ``values``: contestant to metric to the figure of each sample."""


def figures(sample: Sample, made: Picture) -> dict[str, float]:
    """PSNR (dB) and SSIM (%) of the whole picture and of the defect areas, pooled and averaged."""
    error = made.astype(np.float64) - sample.clean
    similar = ssim_map(sample.clean, made)
    whole = window_centres(Area(0, 0, *similar.shape))
    areas = [similar[window_centres(box).slices].mean() for box in sample.boxes]
    return {
        "area_psnr_db": psnr_db(error[area_mask(sample.boxes, similar.shape)]),
        "area_ssim": 100 * float(np.mean(areas)),
        "global_psnr_db": psnr_db(error),
        "global_ssim": 100 * float(similar[whole.slices].mean()),
    }


def measured(samples: Sequence[Sample], repairers: Mapping[str, Repairer]) -> Results:
    """The figures of all contestants on all samples."""
    values: dict[str, dict[str, list[float]]] = {}
    for name, repair in repairers.items():
        rows = [figures(sample, repair(sample)) for sample in samples]
        values[name] = {key: [round(row[key], DIGITS) for row in rows] for key in rows[0]}
    return {"images": [sample.image for sample in samples], "values": values}


def interval(results: Results, name: str, metric: str) -> Interval:
    """Mean of a figure with its interval over images."""
    return mean_interval(results["values"][name][metric], results["images"])


def lead(mine: Results, name: str, theirs: Results, other: str, metric: str) -> Interval:
    """How far one contestant is ahead of another one, on the same samples.

    Raises
    ------
    ValueError
        If the two did not see the same samples.
    """
    if mine["images"] != theirs["images"]:
        raise ValueError("A paired difference needs the same samples on both sides.")
    values = mine["values"][name][metric], theirs["values"][other][metric]
    return paired_lead(*values, mine["images"])
