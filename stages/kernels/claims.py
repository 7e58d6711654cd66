"""What a detector of single frames goes by and says: noise no finer than the codes, kinds of defects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isp.defects import DefectKind
from isp.frame import RawFrame
from isp.noise import NoiseModel
from isp.noise_estimate import code_step_dn, estimate_noise

LEAST_SIGMA_STEPS = 0.55
"""Least sigma in steps of the code grid: at 6 sigma nothing below four codes is claimed."""


def noise_on_grid(frame: RawFrame) -> NoiseModel:
    """The frame's noise (estimated where it does not say), no finer than its codes.

    Below the steps of the codes noise is not Gaussian.
    """
    noise = frame.meta.noise or estimate_noise(frame)
    least = (LEAST_SIGMA_STEPS * code_step_dn(frame)) ** 2
    return replace(noise, read_variance_dn2=max(noise.read_variance_dn2, least))


def claimed_kinds(
    frame: RawFrame,
    noise: NoiseModel,
    rows: NDArray[np.integer],
    cols: NDArray[np.integer],
    level_dn: ArrayLike,
) -> NDArray[np.uint8]:
    """What one frame can tell of a defect: above is hot (at the rail: stuck), below dead or weak.

    Parameters
    ----------
    frame : RawFrame
        The frame.
    noise : NoiseModel
        Its noise.
    rows, cols : int arrays of shape (N,)
        Places of the defects.
    level_dn : array of shape (N,)
        The signal above black expected there, DN.

    Returns
    -------
    uint8 array of shape (N,)
        Codes of `isp.defects.DefectKind`.
    """
    value = frame.mosaic[rows, cols] - frame.levels.pick(frame.levels.black, rows, cols)
    rail = frame.levels.clip - frame.levels.black
    at_rail = value >= frame.levels.pick(rail, rows, cols)
    dark = value <= 3 * np.sqrt(noise.read_variance_dn2)
    bright = np.where(at_rail, DefectKind.STUCK_HIGH, DefectKind.HOT)
    dim = np.where(dark, DefectKind.DEAD, DefectKind.LOW_RESPONSE)
    return np.where(value > np.asarray(level_dn), bright, dim).astype(np.uint8)
