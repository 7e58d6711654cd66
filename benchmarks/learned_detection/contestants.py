"""The detectors under test: what they claim, and a score for every pixel to draw a ROC curve by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

import isp
from isp.exchange import FrameSet
from isp.frame import RawFrame
from isp.registry import stage_names
from stages.learned.autoencoders.detection import as_map, threshold_of
from stages.learned.autoencoders.residual import Residual, findings
from stages.learned.autoencoders.weights import shipped
from stages.learned.running.place import Place, Running

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]

SWEEP = (4.0, 7.0, 14.0, 40.0)
"""Thresholds at which a detector without a score of its own is asked for its map; one is its own."""

OWN = 7.0


@dataclass(frozen=True)
class Detector:
    """One detector.

    Parameters
    ----------
    label : str
        As the tables call it.
    look : callable (frame) -> (float32 array (H, W), bool array (H, W))
        Scores, larger where a defect is more likely, and what is claimed at the stage's own threshold.
    """

    label: str
    look: Callable[[RawFrame], tuple[Scores, Mask]]


def detectors() -> list[Detector]:
    """The classical detector first, then all learned ones that are there."""
    found = [
        Detector("`dynamic`", _swept()),
        Detector("`dynamic`, clusters to 25 pixels", _swept(largest_cluster=25)),
    ]
    found += [
        Detector(f"`{name}_detector`, {residual}", _residual(name, residual))
        for name in ("ae", "memae", "cae")
        for residual in get_args(Residual)
    ]
    if "intra_detector" in stage_names():
        found += _transformer()
    return found


def _swept(**params: Any) -> Callable[[RawFrame], tuple[Scores, Mask]]:
    """The highest threshold at which a pixel is still claimed, 0 where it never is."""

    def look(frame: RawFrame) -> tuple[Scores, Mask]:
        scores, claimed = np.zeros(frame.shape, np.float32), np.zeros(frame.shape, np.bool_)
        for threshold in SWEEP:
            stage = isp.stage("dynamic", threshold_sigma=threshold, lines=False, **params)
            found = stage(FrameSet(scene=(frame,)))
            scores[found.rows, found.cols] = threshold
            if threshold == OWN:
                claimed = found.mask()
        return scores, claimed

    return look


def _residual(name: str, residual: Residual) -> Callable[[RawFrame], tuple[Scores, Mask]]:
    place = Place.of("cpu", "float32")

    def look(frame: RawFrame) -> tuple[Scores, Mask]:
        network, about = shipped(name, "", place)
        seen = findings(frame, network, residual, place)
        threshold = threshold_of(about, residual)
        return seen.score, as_map(frame, seen, residual, threshold, name).mask()

    return look


def _transformer() -> list[Detector]:
    from stages.learned.inpainting_transformer.detection import calibrated, find
    from stages.learned.inpainting_transformer.detection import findings as compared
    from stages.learned.inpainting_transformer.engine import Engine

    def looked(evidence: Any) -> Callable[[RawFrame], tuple[Scores, Mask]]:
        def look(frame: RawFrame) -> tuple[Scores, Mask]:
            engine = Engine.of(Running())
            threshold = calibrated(engine, evidence)
            score = compared(frame, engine, evidence).score
            return np.asarray(score, np.float32), find(frame, engine, evidence, threshold).mask()

        return look

    return [Detector(f"`intra_detector`, {e}", looked(e)) for e in ("spread", "gms")]
