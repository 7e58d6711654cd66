"""Defects from one ordinary frame, by what its scene and its optics cannot explain."""

import logging
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectMap
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import RawFrame
from isp.registry import BAYER_MONO, stage
from stages.kernels.claims import claimed_kinds, noise_on_grid
from stages.kernels.line_faults import LineFaults, line_faults
from stages.kernels.outlier_verdicts import OutlierScene, Verdict, judged, small_clusters

log = logging.getLogger(__name__)

LINE_SIGMA = 5.0
RULES = ("single", "single", "couplet", "group")


@stage(
    kind="detector",
    reference="Outliers in units of the noise after A. Foi et al., IEEE TIP 17 (2008); blended "
    "directional predictors after T. Seemann, P. Tischer, DCC 1997; local least squares after X. Li, "
    "M. T. Orchard, IEEE TIP 10 (2001); point-spread test after P. van Dokkum, PASP 113 (2001)",
    cfas=BAYER_MONO,
    frames=("scene",),
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
    scene = OutlierScene(inner.signal(), noise_on_grid(inner), inner.cfa.period[0])
    faults = _lines(scene) if lines else LineFaults.none()
    verdict = judged(scene, faults.mask(inner.shape), threshold, largest, leak)
    chosen = small_clusters(verdict.rule > 0, largest)
    found = _as_map(frame, scene, verdict, chosen)
    return found.united([faults.as_map(frame)]).labelled() if lines else found.labelled()


def _lines(scene: OutlierScene) -> LineFaults:
    sigma = scene.noise.sigma_dn(scene.signal).astype(np.float32)
    return line_faults(scene.signal, sigma, scene.step, LINE_SIGMA)


def _as_map(
    frame: RawFrame, scene: OutlierScene, verdict: Verdict, chosen: NDArray[np.bool_]
) -> DefectMap:
    rows, cols = np.nonzero(chosen)
    value, level = scene.signal[rows, cols], verdict.level[rows, cols]
    area = frame.meta.active_area
    inner = frame.crop(area)
    counts = np.bincount(verdict.rule[rows, cols], minlength=len(RULES))
    by_rule = [f"{RULES[k]} {counts[k]}" for k in range(1, len(RULES)) if counts[k]]
    return DefectMap.for_frame(
        rows + area.top,
        cols + area.left,
        frame,
        kind=claimed_kinds(inner, scene.noise, rows, cols, level),
        severity_dn=value - level,
        source=f"dynamic: one frame, {scene.noise.source} noise; " + (", ".join(by_rule) or "none"),
    )
