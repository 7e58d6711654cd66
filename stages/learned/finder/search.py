"""Detection and repair together: what the finder suspects, the corrector has to confirm.

Clusters are suspected by the finder, single pixels and small groups by the statistics of outliers too.
Suspects are masked and repaired from what is left; how far a value is from its repair, in units of what
the repair network says it may be off by, is weighed against the finder's odds and against what is found
round it. What lies beside a confirmed defect becomes a suspect of the next round, so that clusters are
found to their edges; good pixels that were masked with them come back. True edges and highlights fall
out: either they are predicted well, or the network says that it is not sure.
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
from stages.kernels.outlier_verdicts import OutlierScene, judged, small_clusters

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Mend = Callable[[RawFrame, DefectMap], Repair]

ROUNDS = 2
SUSPICION = -2.0
"""Odds (logarithm) from which a pixel is suspected."""

CLAIM_SIGMA, CLAIM_PX, CLAIM_LEAK = 7.0, 12, 0.1
"""Single pixels and small groups that the statistics of one frame claim: at this distance, up to this
size, see `stages.kernels.outlier_verdicts`."""

CLOSING_ROUNDS, AMID, AMID_PX, AMID_ODDS = 3, 2, 4, -6.0
AMID_EVIDENCE, AMID_LIMITS = 1.0, (-12.0, 12.0)
"""Amid so many confirmed defects within so many pixels, a pixel that the finder does not rule out is one
as well where the logarithm of the corrector's likelihood ratio is above this: half-filled clusters."""

RULED_OUT = -4.0
"""Odds up to which no claim is asked for: it would not be enough."""

BESIDE_PX = 2
"""Pixels so near to a likely defect are suspected too."""

COMPANY_PX, COMPANY = 3, 6.0
"""Defects within so many pixels speak for one here; so many of them as loudly as any number."""

ODDS_LIMIT = 8.0
"""Beyond this the finder says no more."""

EVIDENCE_LIMITS = (-6.0, 0.0)
"""A value that the corrector expects is likely good; one that it does not expect may be a highlight as
well as a defect: evidence speaks against a defect only."""


@dataclass(frozen=True, eq=False)
class Opinions:
    """What is said of suspects, float32 arrays of one shape.

    Parameters
    ----------
    odds : array
        The finder's logit.
    company : array
        Expected defects around, as a share of `COMPANY`, 0 to 1.
    claim : array
        1 where the statistics of outliers claim a defect.
    evidence : array
        Logarithm of the corrector's likelihood ratio, see `surprise_at`.
    """

    odds: Floats
    company: Floats
    claim: Floats
    evidence: Floats

    def terms(self) -> tuple[Floats, ...]:
        """What `Weights` weigh, in their order."""
        return (
            self.odds,
            self.company,
            self.claim,
            self.evidence,
            self.company * self.evidence,
            self.claim * self.evidence,
        )


@dataclass(frozen=True)
class Weights:
    """Of the logistic rule that joins the opinions; fitted on held-out training photographs.

    Parameters
    ----------
    base : float
        Of nothing.
    terms : tuple of float
        Of `Opinions.terms`.
    """

    base: float = -3.43
    terms: tuple[float, ...] = (1.05, 1.87, 3.68, 0.0, 0.46, 0.53)

    def score(self, opinions: Opinions) -> Floats:
        """Logarithm of the odds of a defect."""
        joined = sum(w * term for w, term in zip(self.terms, opinions.terms(), strict=True))
        return np.asarray(self.base + joined, np.float32)


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found in a frame.

    Parameters
    ----------
    defects : DefectMap
        Confirmed pixels.
    repair : Repair
        Their values.
    score : float32 array of shape (N,)
        Logarithm of the odds that each is defective.
    """

    defects: DefectMap
    repair: Repair
    score: Floats


def search(
    frame: RawFrame,
    noise: NoiseModel,
    logits: Floats,
    mend: Mend,
    least_score: float,
    weights: Weights | None = None,
) -> Findings:
    """Find and repair the defects of a frame.

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
        Score from which a pixel is confirmed.
    weights : Weights, optional
        Of the rule; the fitted ones where not given.
    """
    weights = weights or Weights()
    claim = _claimed(frame, noise, logits > RULED_OUT)
    opinion = np.where(claim, np.maximum(logits, SUSPICION + 1), logits)
    for _ in range(ROUNDS):
        suspects = (opinion > SUSPICION) | _beside(opinion > least_score)
        company = _company(opinion)
        opinion = np.full(frame.shape, -np.inf, np.float32)
        defects = _as_map(frame, suspects)
        at = (defects.rows, defects.cols)
        evidence = surprise_at(frame, noise, defects, mend(frame, defects))
        odds = np.clip(logits[at], -ODDS_LIMIT, ODDS_LIMIT)
        said = Opinions(odds, company[at], claim[at].astype(np.float32), evidence)
        opinion[at] = weights.score(said)
    for _ in range(CLOSING_ROUNDS):
        opinion = _closed(frame, noise, logits, opinion, mend, least_score)
    defects = _as_map(frame, opinion > least_score)
    return Findings(defects, mend(frame, defects), opinion[defects.rows, defects.cols])


def _closed(
    frame: RawFrame,
    noise: NoiseModel,
    logits: Floats,
    opinion: Floats,
    mend: Mend,
    least_score: float,
) -> Floats:
    """Opinions with those of pixels amid confirmed defects, where the corrector's word is enough."""
    from scipy import ndimage

    confirmed = opinion > least_score
    side = 2 * AMID_PX + 1
    number = ndimage.uniform_filter(confirmed.astype(np.float32), side, mode="constant") * side**2
    open_ = ~confirmed & (number > AMID - 0.5) & (logits > AMID_ODDS)
    if not open_.any():
        return opinion
    defects = _as_map(frame, confirmed | open_)
    evidence = surprise_at(frame, noise, defects, mend(frame, defects), AMID_LIMITS)
    said = np.full(frame.shape, -np.inf, np.float32)
    said[defects.rows, defects.cols] = evidence - np.float32(AMID_EVIDENCE - least_score)
    return np.where(open_, said, opinion)


def _claimed(frame: RawFrame, noise: NoiseModel, among: Mask) -> Mask:
    scene = OutlierScene(frame.signal(), noise, frame.cfa.period[0])
    none = np.zeros(frame.shape, np.bool_)
    verdict = judged(scene, none, CLAIM_SIGMA, CLAIM_PX, CLAIM_LEAK, among)
    return small_clusters(verdict.rule > 0, CLAIM_PX)


def _as_map(frame: RawFrame, mask: Mask) -> DefectMap:
    rows, cols = np.nonzero(mask)
    return DefectMap.for_frame(rows, cols, frame)


def _company(opinion: Floats) -> Floats:
    """Expected number of other defects near each pixel, as a share of `COMPANY`, at most 1."""
    from scipy import ndimage

    chance = (1.0 / (1.0 + np.exp(-np.clip(opinion, -30.0, 30.0)))).astype(np.float32)
    side = 2 * COMPANY_PX + 1
    near = ndimage.uniform_filter(chance, side, mode="constant") * np.float32(side**2) - chance
    return np.asarray(np.clip(near / np.float32(COMPANY), 0.0, 1.0), np.float32)


def surprise_at(
    frame: RawFrame,
    noise: NoiseModel,
    defects: DefectMap,
    repair: Repair,
    limits: tuple[float, float] = EVIDENCE_LIMITS,
) -> Floats:
    """Logarithm of the likelihood ratio of a defect (any value) to a good pixel, (N,).

    A good pixel is off its repair by a Laplace law of the predicted spread and the noise together.
    """
    rows, cols = defects.rows, defects.cols
    black, clip = (Levels.pick(t, rows, cols) for t in (frame.levels.black, frame.levels.clip))
    spread = np.zeros(len(defects)) if repair.spread is None else repair.spread
    wide = np.hypot(spread, noise.sigma_dn(repair.values - black))
    off = np.abs(frame.mosaic[rows, cols] - repair.values)
    ratio = np.log(np.sqrt(2.0) * wide / (clip - black)) + np.sqrt(2.0) * off / wide
    known = np.where(repair.repaired, np.clip(ratio, *limits), 0.0)
    return np.asarray(known, np.float32)


def _beside(found: Mask) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.maximum_filter(found, 2 * BESIDE_PX + 1, mode="constant"))
