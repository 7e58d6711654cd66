"""Recall, precision, false alarms and AUROC of every detector on the same shots."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned_detection.contestants import Detector
from benchmarks.learned_detection.shots import KINDS, SIGNALS, SIZES, Shot
from isp.metrics.detection import Share, auroc

EQUAL_PER_MP = 100.0
"""False alarms per megapixel of clean frames at which all are compared once more."""


@dataclass(eq=False)
class Tally:
    """Counts and scores of one detector under one signal (``clean`` or ``noisy``)."""

    clean_claims: int = 0
    clean_pixels: int = 0
    clean_scores: list[NDArray[np.float32]] = field(default_factory=list)
    recall: dict[tuple[str, int], Share] = field(default_factory=dict)
    precision: dict[str, Share] = field(default_factory=dict)
    good: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    bad: dict[tuple[str, int], list[NDArray[np.float32]]] = field(default_factory=dict)

    def add(self, detector: Detector, shot: Shot) -> None:
        """Measure one shot, whole and with each kind of damage."""
        scores, claimed = detector.look(shot.whole)
        self.clean_claims += int(claimed.sum())
        self.clean_pixels += claimed.size
        self.clean_scores.append(scores.ravel())
        for kind, (frame, truth) in shot.damaged.items():
            scores, claimed = detector.look(frame)
            mask = truth.mask()
            precision = Share(int((claimed & mask).sum()), int(claimed.sum()))
            self.precision[kind] = self.precision.get(kind, Share(0, 0)) + precision
            self.good.setdefault(kind, []).append(scores[~mask])
            sizes = truth.cluster_sizes()
            marked = claimed[truth.rows, truth.cols]
            for side in SIZES:
                mine = sizes == side * side
                key = kind, side
                hits = Share(int(marked[mine].sum()), int(mine.sum()))
                self.recall[key] = self.recall.get(key, Share(0, 0)) + hits
                self.bad.setdefault(key, []).append(scores[truth.rows[mine], truth.cols[mine]])

    def figures(self) -> dict[str, Any]:
        """All that the tables need."""
        clean = np.concatenate(self.clean_scores)
        equal = _threshold(clean, EQUAL_PER_MP)
        good = {kind: np.sort(np.concatenate(parts)) for kind, parts in self.good.items()}
        bad = {key: np.concatenate(parts) for key, parts in self.bad.items()}
        return {
            "false_per_mp_clean": 1e6 * self.clean_claims / self.clean_pixels,
            "precision": {k: s.value for k, s in self.precision.items()},
            "precision_interval": {k: s.interval for k, s in self.precision.items()},
            "recall": {f"{k} {n}": s.value for (k, n), s in self.recall.items()},
            "recall_interval": {f"{k} {n}": s.interval for (k, n), s in self.recall.items()},
            "pixels": {f"{k} {n}": s.total for (k, n), s in self.recall.items()},
            "auroc": {f"{k} {n}": auroc(good[k], bad[k, n]) for k, n in bad},
            "recall_equal": {f"{k} {n}": float((bad[k, n] > equal).mean()) for k, n in bad},
            "equal_threshold": equal,
        }


def _threshold(scores: NDArray[np.float32], per_mp: float) -> float:
    """The score that is exceeded by the given number of pixels in a million."""
    return float(np.quantile(scores, 1 - 1e-6 * per_mp, method="higher"))


def measure(
    detectors: Sequence[Detector], taken: Sequence[Shot]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Figures by detector's label and signal."""
    found = {}
    for detector in detectors:
        for signal in SIGNALS:
            tally = Tally()
            for shot in taken:
                if shot.signal == signal:
                    tally.add(detector, shot)
            found[detector.label, signal] = tally.figures()
            print(detector.label, signal, found[detector.label, signal]["auroc"], file=sys.stderr)
    return found


def tables(found: dict[tuple[str, str], dict[str, Any]], crops: int) -> list[str]:
    """Markdown: one table a signal, and one at equal false alarms."""
    return [_own_table(found, signal, crops) for signal in SIGNALS] + [
        _equal_table(found, signal) for signal in SIGNALS
    ]


def _header(first: Sequence[str]) -> list[str]:
    cells = [*first, *(f"{kind} {side}×{side}" for kind in KINDS for side in SIZES)]
    return ["| " + " | ".join(cells) + " |", "|" + "---|" * len(cells)]


def _own_table(found: dict[tuple[str, str], dict[str, Any]], signal: str, crops: int) -> str:
    lines = [f"## Detection on {signal} frames ({crops} crops)", "",
             "Each detector at its own threshold: recall in %, then AUROC.", "",
             *_header(("detector", "false/MP", "precision hot / dead / faint, %"))]  # fmt: skip
    for (label, taken), figures in found.items():
        if taken != signal:
            continue
        precision = " / ".join(_percent(figures["precision"][kind]) for kind in KINDS)
        keys = [f"{kind} {side}" for kind in KINDS for side in SIZES]
        cells = [f"{_percent(figures['recall'][k])}, {figures['auroc'][k]:.2f}" for k in keys]
        row = [label, f"{figures['false_per_mp_clean']:.0f}", precision, *cells]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _equal_table(found: dict[tuple[str, str], dict[str, Any]], signal: str) -> str:
    lines = [f"## The same at {EQUAL_PER_MP:.0f} false alarms per megapixel, {signal} frames", "",
             "Recall in %, each detector at the threshold that so many pixels of these frames without"
             " defects pass (`dynamic` by its sweep of thresholds, at most so many).", "",
             *_header(("detector",))]  # fmt: skip
    for (label, taken), figures in found.items():
        if taken == signal:
            keys = [f"{kind} {side}" for kind in KINDS for side in SIZES]
            row = [label, *(_percent(figures["recall_equal"][k]) for k in keys)]
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _percent(value: float) -> str:
    return "–" if value != value else f"{100 * value:.0f}"
