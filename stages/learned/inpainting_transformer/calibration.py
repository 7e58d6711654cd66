"""Thresholds for detection, from frames in which nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from isp.frame import RawFrame
from stages.learned.inpainting_transformer.detection import doubled, in_spreads, reviewed, unlike
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.inpainting_transformer.network import InpaintingTransformer
from stages.learned.inpainting_transformer.sampling import cut, exposed
from stages.learned.running.place import Place
from stages.learned.training.pictures import Pictures

FRAMES = 16
SIDE_PX = 256
SEED = 998
FALSE_ALARMS_PER_MP = 100.0
WHITE_DN = 4095


@dataclass(frozen=True, eq=False)
class Calibration:
    """Clean frames that thresholds go by: half as the pictures are, half exposed anew, with noise."""

    frames: tuple[RawFrame, ...]

    @staticmethod
    def of(pictures: Pictures, count: int = FRAMES) -> Calibration:
        """Cut 12-bit frames of 256×256 (or what the smallest has) from held-out pictures."""
        rng = np.random.default_rng(SEED)
        smallest = min(int(pictures.height.min()), int(pictures.width.min()))
        side_px = min(SIDE_PX, (smallest - 2) // 2 * 2)
        levels = cut(pictures, rng, count, side_px // 2)
        levels[::2] = exposed(rng, levels[::2])
        frames = []
        for planes in levels:
            raw = np.empty((side_px, side_px), np.float32)
            for k, plane in enumerate(planes):
                raw[k // 2 :: 2, k % 2 :: 2] = plane
            codes = np.rint(raw.clip(0, 1) * WHITE_DN).astype(np.uint16)
            frames.append(RawFrame.of(codes, "RGGB", white_dn=WHITE_DN))
        return Calibration(tuple(frames))

    def about(self, network: InpaintingTransformer) -> dict[str, Any]:
        """What a weights file keeps: thresholds by evidence, and the normal gradient distance.

        Thresholds are passed by `FALSE_ALARMS_PER_MP` of the frames' pixels.
        """
        engine = Engine(network.eval(), Place(torch.device("cpu"), torch.bfloat16), {})
        doubles = [doubled(frame, engine) for frame in self.frames]
        # The root of the map from which no mean is taken is the distance itself.
        distances = np.sqrt([unlike(scene, double, 0.0).score for scene, double in doubles])
        normal = float(distances.mean())
        thresholds = {"gms": _passed_by_few((distances - normal) ** 2)}
        about: dict[str, Any] = {
            "false_alarms_per_mp": FALSE_ALARMS_PER_MP,
            "normal_gms_distance": normal,
        }
        if network.shape.told:
            first = np.stack([in_spreads(scene, double).score for scene, double in doubles])
            last = np.stack([reviewed(scene, engine, double).score for scene, double in doubles])
            # Either look may raise half of the alarms.
            thresholds["spread"] = _passed_by_few(first, 0.5)
            about["review_weight"] = thresholds["spread"] / _passed_by_few(last, 0.5)
        return {**about, "thresholds": thresholds}


def _passed_by_few(scores: NDArray[np.floating], share: float = 1.0) -> float:
    return float(np.quantile(scores, 1 - 1e-6 * share * FALSE_ALARMS_PER_MP))
