"""Grain for repaired pixels: noise like that round them, so that a fill is no smooth spot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.levels import Levels
from isp.noise_estimate import estimate_noise
from isp.repair import Repair
from isp.seeds import child_rng


def with_grain(frame: RawFrame, defects: DefectMap, repair: Repair) -> Repair:
    """The repair with noise of the frame's model added at each value's level.

    The noise is drawn anew for each frame from a fixed seed: the same frame and map give the same values.
    The spreads grow by it.
    """
    noise = frame.meta.noise or estimate_noise(frame)
    black = Levels.pick(frame.levels.black, defects.rows, defects.cols)
    sigma = noise.sigma_dn(repair.values - black)
    drawn = sigma * child_rng(0, "grain").standard_normal(len(defects))
    spread = np.hypot(0.0 if repair.spread is None else repair.spread, sigma)
    return replace(
        repair,
        values=(repair.values + drawn).astype(np.float32),
        spread=spread.astype(np.float32),
        notes=(*repair.notes, f"grain added ({noise.source} noise model)"),
    )
