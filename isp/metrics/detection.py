"""How well a map was detected: recall, precision, false alarms, by kind and by size of cluster.

Reference: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22
(1927), for the intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.errors import MapError

Z_95 = 1.959964


@dataclass(frozen=True)
class Share:
    """A count out of a total with its 95 % Wilson interval.

    Parameters
    ----------
    hits, total : int
        0 <= hits <= total; of a total of 0 nothing is known: value NaN, interval [0, 1].
    """

    hits: int
    total: int

    @property
    def value(self) -> float:
        """Hits over total."""
        return self.hits / self.total if self.total else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the 95 % interval (Wilson score)."""
        if not self.total:
            return 0.0, 1.0
        n, p, z2 = self.total, self.value, Z_95**2
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def __add__(self, other: Share) -> Share:
        """The share of both counts together."""
        return Share(self.hits + other.hits, self.total + other.total)


@dataclass(frozen=True)
class DetectionScore:
    """A detected map against the truth.

    Parameters
    ----------
    recall : Share
        True defect pixels that were found.
    precision : Share
        Found pixels that are true.
    whole : Share
        Clusters of the truth of which every pixel was found.
    false_alarms : int
        Found pixels that are not true.
    pixels : int
        Good pixels of the active area.
    recall_by_kind : mapping of str to Share
        By the truth's kind.
    recall_by_size : mapping of int to Share
        By the number of pixels of the truth's cluster.
    """

    recall: Share
    precision: Share
    whole: Share
    false_alarms: int
    pixels: int
    recall_by_kind: Mapping[str, Share] = field(default_factory=dict)
    recall_by_size: Mapping[int, Share] = field(default_factory=dict)

    @property
    def false_per_mp(self) -> float:
        """False alarms per million good pixels."""
        return self.false_alarms * 1e6 / self.pixels if self.pixels else float("nan")


def score_detection(found: DefectMap, truth: DefectMap) -> DetectionScore:
    """Compare a detected map with the truth, inside the active area.

    Parameters
    ----------
    found, truth : DefectMap
        Of one frame. Where the truth has no clusters its 8-connected groups are taken.

    Raises
    ------
    MapError
        If the maps are of different frames.
    """
    if (found.shape, found.active_area) != (truth.shape, truth.active_area):
        raise MapError(
            f"A detected map of {found.shape} cannot be scored against a truth of {truth.shape}:"
            " both must be of one frame."
        )
    area = truth.active_area
    marked, truth = found.crop(area).mask(), truth.crop(area)
    if len(truth) and (truth.cluster < 0).all():
        truth = truth.labelled()
    hit = marked[truth.rows, truth.cols]
    good = ~truth.mask()
    claims, false_alarms = int(marked.sum()), int((marked & good).sum())
    return DetectionScore(
        recall=Share(int(hit.sum()), len(hit)),
        precision=Share(claims - false_alarms, claims),
        whole=_whole_clusters(truth, hit),
        false_alarms=false_alarms,
        pixels=int(good.sum()),
        recall_by_kind={
            DefectKind(code).label: _share(hit[truth.kind == code])
            for code in np.unique(truth.kind)
        },
        recall_by_size={
            int(size): _share(hit[truth.cluster_sizes() == size])
            for size in np.unique(truth.cluster_sizes())
        },
    )


def _share(hit: NDArray[np.bool_]) -> Share:
    return Share(int(hit.sum()), len(hit))


def _whole_clusters(truth: DefectMap, hit: NDArray[np.bool_]) -> Share:
    """Share of clusters without a missed pixel; a pixel without a cluster is one of its own."""
    assigned = truth.cluster >= 0
    missed = np.unique(truth.cluster[assigned & ~hit])
    clusters = len(np.unique(truth.cluster[assigned])) + int((~assigned).sum())
    return Share(clusters - len(missed) - int((~assigned & ~hit).sum()), clusters)


def roc(
    detect: Callable[[float], DefectMap], truth: DefectMap, thresholds: Iterable[float]
) -> dict[float, DetectionScore]:
    """Recall against false alarms over a detector's threshold.

    Parameters
    ----------
    detect : callable (threshold) -> DefectMap
        The detector, bound to its frames.
    truth : DefectMap
        The true defects of those frames.
    thresholds : iterable of float
        Where to measure.
    """
    return {at: score_detection(detect(at), truth) for at in thresholds}


def auroc(good: NDArray[np.float32], bad: NDArray[np.float32]) -> float:
    """Area under the ROC curve: the chance that a bad pixel's score is above a good one's.

    Parameters
    ----------
    good : float array
        Scores of good pixels, in ascending order.
    bad : float array
        Scores of bad ones; ties with good ones count half.
    """
    below = np.searchsorted(good, bad, side="left")
    up_to = np.searchsorted(good, bad, side="right")
    return float((below + up_to).mean() / (2 * len(good)))
