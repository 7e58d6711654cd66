"""Single-frame outliers from first look to verdict: `stages.kernels.suspects` on all cores."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from isp.local import border_indices
from isp.noise import NoiseModel
from isp.threads import queue, thread_budget
from stages.kernels.outliers import standing_out
from stages.kernels.suspects import MARGIN, SPOILT, Scene, judge_groups, judge_singles

SUSPICION = 0.75  # of the threshold: what is looked at closely

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OutlierScene:
    """The active area of a frame in the terms of the kernels."""

    signal: NDArray[np.float32]
    noise: NoiseModel
    step: int

    def border(self, margin: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Frame row and column for each index from −margin on, reflected inside each colour."""
        height, width = self.signal.shape
        rows = border_indices(-margin, height + margin, height, "plane", self.step)
        return rows, border_indices(-margin, width + margin, width, "plane", self.step)

    def excess(self) -> NDArray[np.float32]:
        """How far each pixel stands out from its own colour, in sigma; float32 (H, W)."""
        rows, cols = self.border(self.step)
        out = np.empty_like(self.signal)
        gain, read = np.float32(self.noise.gain_dn_e), np.float32(self.noise.read_variance_dn2)
        standing_out(self.signal[np.ix_(rows, cols)], out, self.step, gain, read)
        return out

    def case(self, excluded: NDArray[np.bool_], threshold: float, leak: float) -> Scene:
        """The scene as the kernels of `stages.kernels.suspects` take it; see `judged`."""
        gain, read = float(self.noise.gain_dn_e), float(self.noise.read_variance_dn2)
        return Scene(
            self.signal, excluded, *self.border(MARGIN), self.step, gain, read, leak, threshold
        )


@dataclass(frozen=True, eq=False)
class Verdict:
    """What was found: score (signed), predicted signal in DN, rule (0: good); each (H, W)."""

    score: NDArray[np.float64]
    level: NDArray[np.float64]
    rule: NDArray[np.uint8]


def judged(
    scene: OutlierScene,
    excluded: NDArray[np.bool_],
    threshold: float,
    largest: int,
    leak: float,
    among: NDArray[np.bool_] | None = None,
) -> Verdict:
    """Judge the suspects alone, then what is left together with its neighbours.

    Parameters
    ----------
    scene : OutlierScene
        Signal and noise.
    excluded : bool array of shape (H, W)
        Pixels already known to be bad.
    threshold : float
        Least distance from both predictions in sigma.
    largest : int
        Most pixels of a group.
    leak : float
        See `stages.kernels.suspects.Scene`.
    among : bool array of shape (H, W), optional
        Only these pixels are suspected; verdicts cost much more than the first look.
    """
    excess = scene.excess()
    left_out = excluded if among is None else excluded | ~among
    suspects = _suspects(excess, left_out, SUSPICION * threshold)
    case = scene.case(excluded.copy(), threshold, leak)
    scores, levels = _alone(case, suspects)
    found = (np.abs(scores) >= threshold) & _strongest_around(excess)[tuple(suspects.T)]
    where = tuple(suspects[found].T)
    shape = scene.signal.shape
    verdict = Verdict(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.uint8))
    verdict.score[where], verdict.level[where], verdict.rule[where] = (
        scores[found],
        levels[found],
        1,
    )
    case.excluded[where] = True
    judge_groups(
        case,
        excess,
        suspects[~found],
        scores[~found],
        largest,
        verdict.score,
        verdict.level,
        verdict.rule,
    )
    return verdict


def _alone(case: Scene, suspects: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Scores and levels of the suspects, each judged alone, on all cores."""
    scores, levels = np.zeros(len(suspects)), np.zeros(len(suspects))
    workers = thread_budget()
    cuts = np.linspace(0, len(suspects), 4 * workers + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    with queue(workers) as pool:
        for done in [
            pool.submit(judge_singles, case, suspects[p], scores[p], levels[p]) for p in parts
        ]:
            done.result()
    return scores, levels


def _strongest_around(excess: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where nothing stands out more among the pixels whose verdicts a pixel can spoil.

    A couplet's good neighbours may look worse alone than its two pixels do: they wait for these.
    """
    from scipy import ndimage

    strength = np.abs(excess)
    return np.asarray(strength >= ndimage.maximum_filter(strength, 2 * SPOILT + 1))


def _suspects(
    excess: NDArray[np.float32], excluded: NDArray[np.bool_], least: float
) -> NDArray[np.int64]:
    """Row and column of what stands out, strongest first."""
    strength = np.abs(excess)
    strength[excluded] = 0
    places = np.argwhere(strength > least)
    order = np.argsort(-strength[tuple(places.T)], kind="stable")
    return np.ascontiguousarray(places[order].astype(np.int64))


def small_clusters(found: NDArray[np.bool_], largest: int) -> NDArray[np.bool_]:
    """Drop clusters that grew too large: parts of a scene, found one by one."""
    from scipy import ndimage

    labels, _ = ndimage.label(found, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    return np.asarray(found & (sizes[labels] <= largest))
