"""Thresholds of the detectors, from frames in which nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isp.frame import RawFrame
from isp.noise import NoiseModel
from stages.learned.autoencoders.patches import picture_at, planes
from stages.learned.autoencoders.reconstructor import Reconstructor
from stages.learned.autoencoders.residual import Residual, findings
from stages.learned.running.place import Place
from stages.learned.training.pictures import LINEAR_MAX, Pictures

FALSE_ALARMS_PER_MP = 100.0
FRAMES, SIDE_PX, SEED = 24, 320, 998
BLACK_DN, WHITE_DN = 256.0, 4095.0
SHOT_DN = (0.02, 2.0)
"""System gain in DN/e⁻ of the noisy frames, drawn between these."""

READ_E = 3.0
RESIDUALS: tuple[Residual, ...] = ("l1", "ssim")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Clean 12-bit frames: every other one as the picture is, the others with a sensor's noise."""

    frames: tuple[RawFrame, ...]

    @staticmethod
    def of(pictures: Pictures, count: int = FRAMES, side_px: int = SIDE_PX) -> Calibration:
        """Cut frames from held-out pictures, smaller where a picture is."""
        rng = np.random.default_rng(SEED)
        order = rng.permutation(len(pictures.offset))
        chosen = [int(order[n % len(order)]) for n in range(count)]
        return Calibration(
            tuple(
                _frame(pictures, which, n % 2 == 1, side_px, rng) for n, which in enumerate(chosen)
            )
        )

    def thresholds(self, reconstructor: Reconstructor) -> dict[str, Any]:
        """What a weights file keeps: the scores that `FALSE_ALARMS_PER_MP` of the pixels reach."""
        place = Place.of("cpu", "float32")
        found: dict[str, float] = {}
        for residual in RESIDUALS:
            scores = [
                findings(f, reconstructor, residual, place).score.ravel() for f in self.frames
            ]
            share = 1 - 1e-6 * FALSE_ALARMS_PER_MP
            found[residual] = float(np.quantile(np.concatenate(scores), share))
        return {"thresholds": found, "false_alarms_per_mp": FALSE_ALARMS_PER_MP}


def _frame(
    pictures: Pictures, which: int, noisy: bool, side_px: int, rng: np.random.Generator
) -> RawFrame:
    picture = picture_at(pictures, which)
    high, wide = (min(side_px, length // 2 * 2) for length in picture.shape[:2])
    top, left = (
        int(rng.integers(0, (length - side) // 2 + 1)) * 2
        for length, side in zip(picture.shape[:2], (high, wide), strict=True)
    )
    packed = planes(picture[top : top + high, left : left + wide])
    signal = np.empty((high, wide), np.float64)
    for k, plane in enumerate(packed):
        signal[k // 2 :: 2, k % 2 :: 2] = plane * ((WHITE_DN - BLACK_DN) / LINEAR_MAX)
    noise = NoiseModel(0.0, 1 / 12)
    if noisy:
        gain = float(np.exp(rng.uniform(*np.log(SHOT_DN))))
        noise = NoiseModel(gain, (READ_E * gain) ** 2 + 1 / 12)
        signal += noise.sigma_dn(signal) * rng.standard_normal(signal.shape)
    codes = np.clip(np.rint(signal + BLACK_DN), 0, WHITE_DN).astype(np.uint16)
    frame = RawFrame.of(codes, "RGGB", black_dn=BLACK_DN, white_dn=WHITE_DN)
    return RawFrame(frame.mosaic, replace(frame.meta, noise=noise))
