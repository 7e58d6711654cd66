"""From odds to a map: suspects that lie together are one object, and an object is judged as a whole.

A pixel that the finder half believes in is little; many of them side by side are a cluster. The odds of
an object are the sum of its pixels' odds, and where it is believed in, so are its likelier pixels, which
alone would not be. Of small objects the corrector is asked too: where what it would put there is far from
what is there, in units of what it says it may be off by, no scene explains the object. Of large ones it
is not: what fills a window cannot be foretold, defect or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.repair import Repair
from isp.windows import group

Floats = NDArray[np.float32]
Mend = Callable[[RawFrame, DefectMap], Repair]

SUSPICION, BELIEF = -4.0, -1.5
"""Odds (logarithm) from which a pixel speaks for an object, and from which it is marked where the object
is a cluster: lower ones mark the good pixels of a half-filled cluster too, which its repair needs."""

TOGETHER_PX = 3
"""Suspects that differ by no more than this in row and column are of one object."""

SMALL_PX = 25
"""Most pixels of a small object, of which the corrector is asked."""

WORD, WORD_LIMIT = 0.5, 12.0
"""What the corrector's evidence counts beside the finder's odds; beyond the limit it says no more. Chosen
on held-out training photographs, as are all constants here."""


@dataclass(frozen=True, eq=False)
class Objects:
    """Suspects in objects: those with at most two pixels between them belong together.

    Parameters
    ----------
    label : int array of shape (H, W)
        Number of the object that a pixel belongs to, from 1; 0 elsewhere.
    size : int array of shape (N + 1,)
        Pixels of each object.
    odds : float64 array of shape (N + 1,)
        Logarithm of its odds: of the sum of its pixels'. Of 0, which is no object, minus infinity.
    """

    label: NDArray[np.integer]
    size: NDArray[np.integer]
    odds: NDArray[np.float64]

    @staticmethod
    def of(logits: Floats) -> Objects:
        """The objects of a frame from the logarithms of its pixels' odds, (H, W)."""
        suspects = logits > SUSPICION
        number = group(DefectMap.from_mask(suspects), TOGETHER_PX) + 1
        label = np.zeros(logits.shape, np.int32)
        label[suspects] = number
        total = np.bincount(number, np.exp(logits[suspects], dtype=np.float64), 1)
        with np.errstate(divide="ignore"):
            return Objects(label, np.bincount(number, minlength=1), np.log(total))

    def mean(
        self, defects: DefectMap, values: Floats, share: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Weighted mean over each object of what is known of some pixels; 0 where nothing is."""
        of, count = self.label[defects.rows, defects.cols], len(self.size)
        total = np.bincount(of, values * share, count)
        return np.asarray(total / np.maximum(np.bincount(of, share, count), 1e-9))


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found in a frame.

    Parameters
    ----------
    defects : DefectMap
        Pixels of the objects that are believed in.
    score : float32 array of shape (N,)
        Logarithm of the odds of each pixel's object.
    """

    defects: DefectMap
    score: Floats


def search(
    frame: RawFrame, noise: NoiseModel, logits: Floats, mend: Mend, least_score: float
) -> Findings:
    """Find the defects of a frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer, without a masked border.
    noise : NoiseModel
        Of this frame.
    logits : float32 array of shape (H, W)
        The finder's odds.
    mend : callable
        Corrector with spreads: (frame, map) to repair.
    least_score : float
        Logarithm of the odds from which an object is believed in.
    """
    objects = Objects.of(logits)
    small = objects.size <= SMALL_PX
    asked = small & (objects.odds > least_score - WORD * WORD_LIMIT)
    suspects = _as_map(frame, (asked | (objects.odds > least_score))[objects.label])
    evidence = surprise_at(frame, noise, suspects, mend(frame, suspects))
    chance = 1.0 / (1.0 + np.exp(-logits[suspects.rows, suspects.cols]))
    word = np.where(asked, objects.mean(suspects, evidence, chance), 0.0)
    score = (objects.odds + WORD * word)[objects.label]
    kept = small[objects.label] | (logits > BELIEF)
    defects = _as_map(frame, kept & (score > least_score))
    return Findings(defects, score[defects.rows, defects.cols].astype(np.float32))


def _as_map(frame: RawFrame, mask: NDArray[np.bool_]) -> DefectMap:
    rows, cols = np.nonzero(mask)
    return DefectMap.for_frame(rows, cols, frame)


def surprise_at(frame: RawFrame, noise: NoiseModel, defects: DefectMap, repair: Repair) -> Floats:
    """Logarithm of the likelihood ratio of a defect (any value) to a good pixel, (N,).

    A good pixel is off its repair by a Laplace law of the predicted spread and the noise together.
    """
    rows, cols = defects.rows, defects.cols
    black, clip = (Levels.pick(t, rows, cols) for t in (frame.levels.black, frame.levels.clip))
    spread = np.zeros(len(defects)) if repair.spread is None else repair.spread
    wide = np.hypot(spread, noise.sigma_dn(repair.values - black))
    off = np.abs(frame.mosaic[rows, cols] - repair.values)
    ratio = np.log(np.sqrt(2.0) * wide / (clip - black)) + np.sqrt(2.0) * off / wide
    known = np.where(repair.repaired, np.clip(ratio, -WORD_LIMIT, WORD_LIMIT), 0.0)
    return np.asarray(known, np.float32)
