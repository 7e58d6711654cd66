"""Defects from one ordinary frame, by what its scene and its optics cannot explain."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectKind, DefectMap
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import RawFrame
from isp.local import border_indices
from isp.noise import NoiseModel
from isp.noise_estimate import code_step_dn, estimate_noise
from isp.registry import BAYER_MONO, stage
from isp.threads import thread_budget
from stages.kernels.line_faults import LineFaults, line_faults
from stages.kernels.outliers import standing_out
from stages.kernels.suspects import MARGIN, SPOILT, Scene, judge_groups, judge_singles

log = logging.getLogger(__name__)

SUSPICION = 0.75  # of the threshold: what is looked at closely
LINE_SIGMA = 5.0
LEAST_SIGMA_STEPS = 0.55  # of the code grid: at 6 sigma nothing below four codes is claimed
Floats = NDArray[np.float64]
RULES = ("single", "single", "couplet", "group")


@dataclass(frozen=True, eq=False)
class _Scene:
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


@dataclass(frozen=True, eq=False)
class _Verdict:
    """What was found: score (signed), predicted signal in DN, rule (0: good); each (H, W)."""

    score: NDArray[np.float64]
    level: NDArray[np.float64]
    rule: NDArray[np.uint8]


@stage(
    kind="detector",
    reference="Outliers in units of the noise after A. Foi et al., IEEE TIP 17 (2008); blended "
    "directional predictors after T. Seemann, P. Tischer, DCC 1997; local least squares after X. Li, "
    "M. T. Orchard, IEEE TIP 10 (2001); point-spread test after P. van Dokkum, PASP 113 (2001)",
    cfas=BAYER_MONO,
)
def dynamic(
    frames: FrameSet,
    *,
    threshold_sigma: Annotated[float, Field(gt=0)] = 7.0,
    largest_cluster: Annotated[int, Field(ge=1, le=25)] = 12,
    leak: Annotated[float, Field(ge=0, le=1)] = 0.1,
    lines: bool = True,
) -> DefectMap:
    """Find defects in a scene: pixels far from two predictions while their surroundings are not.

    Parameters
    ----------
    frames : FrameSet
        Scenes (each is judged, the maps are united); where there is none, its darks or flats. The noise
        model is the frame's own, else estimated from the frame.
    threshold_sigma : float
        Least distance from the prediction in sigma of the noise at the predicted signal, where the
        surroundings are smooth; where they are not, correspondingly more.
    largest_cluster : int
        Most pixels of a cluster that is claimed. One frame cannot tell a larger one from a star or a
        highlight: calibrate with dark frames, or use several frames.
    leak : float
        Share of its excess that a point of light gives each neighbour at the least; an outlier with
        more beside it is part of the scene. 0.1 suits points of light from 1.5 pixels wide.
    lines : bool
        Look for whole defective rows and columns too.

    Returns
    -------
    DefectMap
        Severity is the distance from the predicted level; ``source`` tells how many were found by which
        rule.
    """
    if threshold_sigma <= 0:
        raise StageError(f"threshold_sigma must be above 0; got {threshold_sigma}.")
    found = [
        _detect(frame, threshold_sigma, largest_cluster, leak, lines)
        for frame in frames.scene or frames.all
    ]
    return found[0].united(found[1:]).labelled() if len(found) > 1 else found[0]


def _detect(frame: RawFrame, threshold: float, largest: int, leak: float, lines: bool) -> DefectMap:
    area = frame.meta.active_area
    inner = frame.crop(area)
    scene = _Scene(inner.signal(), _noise(inner), inner.cfa.period[0])
    faults = _lines(scene) if lines else LineFaults.none()
    verdict = _judged(scene, faults.mask(inner.shape), threshold, largest, leak)
    chosen = _small_clusters(verdict.rule > 0, largest)
    found = _as_map(frame, scene, verdict, chosen)
    return found.united([faults.as_map(frame)]).labelled() if lines else found.labelled()


def _noise(frame: RawFrame) -> NoiseModel:
    """The frame's noise, no finer than its codes: below them it is not Gaussian."""
    noise = frame.meta.noise or estimate_noise(frame)
    least = (LEAST_SIGMA_STEPS * code_step_dn(frame)) ** 2
    return replace(noise, read_variance_dn2=max(noise.read_variance_dn2, least))


def _lines(scene: _Scene) -> LineFaults:
    sigma = scene.noise.sigma_dn(scene.signal).astype(np.float32)
    return line_faults(scene.signal, sigma, scene.step, LINE_SIGMA)


def _judged(
    scene: _Scene, excluded: NDArray[np.bool_], threshold: float, largest: int, leak: float
) -> _Verdict:
    """Judge the suspects alone, then what is left together with its neighbours."""
    excess = scene.excess()
    suspects = _suspects(excess, excluded, SUSPICION * threshold)
    gain, read = float(scene.noise.gain_dn_e), float(scene.noise.read_variance_dn2)
    case = Scene(
        scene.signal,
        excluded.copy(),
        *scene.border(MARGIN),
        scene.step,
        gain,
        read,
        leak,
        threshold,
    )
    scores, levels = _alone(case, suspects)
    found = (np.abs(scores) >= threshold) & _strongest_around(excess)[tuple(suspects.T)]
    where = tuple(suspects[found].T)
    shape = scene.signal.shape
    verdict = _Verdict(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.uint8))
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
    with ThreadPoolExecutor(workers) as pool:
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


def _small_clusters(found: NDArray[np.bool_], largest: int) -> NDArray[np.bool_]:
    """Drop clusters that grew too large: parts of a scene, found one by one."""
    from scipy import ndimage

    labels, _ = ndimage.label(found, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    return np.asarray(found & (sizes[labels] <= largest))


def _as_map(
    frame: RawFrame, scene: _Scene, verdict: _Verdict, chosen: NDArray[np.bool_]
) -> DefectMap:
    rows, cols = np.nonzero(chosen)
    value, level = scene.signal[rows, cols], verdict.level[rows, cols]
    area = frame.meta.active_area
    counts = np.bincount(verdict.rule[rows, cols], minlength=len(RULES))
    by_rule = [f"{RULES[k]} {counts[k]}" for k in range(1, len(RULES)) if counts[k]]
    return DefectMap.for_frame(
        rows + area.top,
        cols + area.left,
        frame,
        kind=_kinds(frame, scene, rows, cols, level),
        severity_dn=value - level,
        source=f"dynamic: one frame, {scene.noise.source} noise; " + (", ".join(by_rule) or "none"),
    )


def _kinds(
    frame: RawFrame,
    scene: _Scene,
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    level: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """What one frame can tell: above is hot (stuck high at the rail), below is dead or low response."""
    area = frame.meta.active_area
    value = scene.signal[rows, cols]
    rail = frame.levels.clip - frame.levels.black
    at_rail = value >= frame.levels.pick(rail, rows + area.top, cols + area.left)
    dark = value <= 3 * np.sqrt(scene.noise.read_variance_dn2)
    bright = np.where(at_rail, DefectKind.STUCK_HIGH, DefectKind.HOT)
    dim = np.where(dark, DefectKind.DEAD, DefectKind.LOW_RESPONSE)
    return np.where(value > level, bright, dim).astype(np.uint8)
