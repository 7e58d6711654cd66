"""Defects as what a frame's inpainted double does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectKind, DefectMap
from isp.errors import StageError
from isp.frame import RawFrame
from stages.learned.inpainting_transformer.anomaly import anomaly_map, gms_distance
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.inpainting_transformer.scan import (
    Double,
    all_groups,
    groups_near,
    scan,
)
from stages.learned.inpainting_transformer.scene import BAD, Scene

Evidence = Literal["spread", "gms"]
EvidenceChoice = Annotated[
    Evidence, Field(description="spread: expected deviations; gms: the paper's anomaly map")
]
ThresholdChoice = Annotated[
    float | None, Field(gt=0, description="of the evidence; calibrated where not given")
]

LOOKS = 3
"""How often a frame is looked at; from the second time on suspects and what touches them are hidden."""

REVIEW_WEIGHT = 0.5
"""What a score of the last look counts beside one of the first, where the weights file does not say."""

SUSPICION = 2.0
"""Deviations expected at a pixel itself that make it a suspect."""

LEAST_SPREAD = 1e-3
"""Of the range: no prediction is trusted to be better."""

NEAR_PX = 9
"""Side of the surroundings whose largest spread counts: an edge may lie a little beside where it was
expected. On clean photographs this lowers the step that must be seen in a smooth place to a third."""

LARGEST_PX = 18
"""Longest side of suspects, with what touches them, that may be a cluster."""

REGION_SHARE = 0.5
"""Pixels of an anomalous region that differ by this share of its largest difference are defects."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Findings:
    """What speaks for a defect at each raw pixel of a frame.

    Parameters
    ----------
    score : float32 array (H, W)
        In the unit of the evidence: expected deviations, or the anomaly map's; 0 where nothing is known.
    difference : float32 array (H, W)
        Observed minus predicted, DN.
    """

    score: Floats
    difference: Floats


def calibrated(engine: Engine, evidence: Evidence) -> float:
    """The threshold that the weights file keeps for an evidence.

    Raises
    ------
    StageError
        If it keeps none: then a threshold must be given.
    """
    kept = engine.about.get("thresholds")
    value = kept.get(evidence) if isinstance(kept, dict) else None
    if not isinstance(value, int | float) or not np.isfinite(value) or value <= 0:
        raise StageError(
            f"These weights keep no threshold for the evidence '{evidence}'; give the parameter"
            " threshold."
        )
    return float(value)


def find(frame: RawFrame, engine: Engine, evidence: Evidence, threshold: float) -> DefectMap:
    """The defects of one frame.

    Parameters
    ----------
    frame : RawFrame
        Bayer; its active area is looked at.
    engine : Engine
        The network.
    evidence : str
        See `findings`.
    threshold : float
        Least score of a defect.
    """
    found = findings(frame, engine, evidence)
    chosen = found.score >= threshold
    if evidence == "gms":
        chosen = _strongest(chosen, np.abs(found.difference))
    rows, cols = np.nonzero(chosen)
    return DefectMap.for_frame(
        rows,
        cols,
        frame,
        kind=_kinds(frame, rows, cols, found.difference[rows, cols]),
        severity_dn=found.difference[rows, cols],
        source=f"inpainting transformer: one frame, {evidence} at least {threshold:.4g}",
    ).labelled()


def findings(frame: RawFrame, engine: Engine, evidence: Evidence) -> Findings:
    """Compare a frame with its double.

    Parameters
    ----------
    frame : RawFrame
        Bayer; its active area is looked at.
    engine : Engine
        The network.
    evidence : str
        ``spread``: the difference in expected deviations, at first sight or once no suspect has a say,
        whichever is more. ``gms``: the paper's anomaly map.

    Raises
    ------
    StageError
        If the network predicts no spread and that is asked for.
    """
    if evidence == "spread" and not engine.shape.told:
        raise StageError("These weights predict no spread; set evidence to 'gms'.")
    scene, double = doubled(frame, engine)
    if evidence == "gms":
        return unlike(scene, double, float(engine.about.get("normal_gms_distance", 0.0)))
    first = in_spreads(scene, double)
    last = reviewed(scene, engine, double)
    weight = np.float32(engine.about.get("review_weight", REVIEW_WEIGHT))
    return Findings(np.maximum(first.score, weight * last.score), last.difference)


def reviewed(scene: Scene, engine: Engine, double: Double) -> Findings:
    """Differences in expected deviations, where no suspect has a say in what is expected.

    The pixels of a cluster vouch for each other as long as they are seen: what looks a little odd is
    hidden, and its surroundings are predicted once more. What was hidden for nothing fits again then.
    """
    from scipy import ndimage

    before = scene.status.copy()
    hidden = np.zeros(before.shape, np.bool_)
    for _ in range(LOOKS - 1):
        suspects = in_spreads(scene, double, hidden, near_px=1).score > SUSPICION
        hidden = ndimage.binary_dilation(suspects, np.ones((3, 3), np.bool_)) & (before != BAD)
        scene.status[:] = np.where(hidden, BAD, before)
        scan(scene, engine, groups_near(scene, engine, hidden), double)
    found = in_spreads(scene, double, hidden)
    return Findings(np.where(_large(hidden), 0, found.score), found.difference)


def _large(hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Suspects that reach too far together to be a cluster: lettering, an edge, a branch."""
    from scipy import ndimage

    labels, _ = ndimage.label(hidden, structure=np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    reach = [max(side.stop - side.start for side in box) for box in boxes if box is not None]
    return np.asarray(np.array([0, *reach])[labels] > LARGEST_PX)


def doubled(frame: RawFrame, engine: Engine) -> tuple[Scene, Double]:
    """A frame and what it should look like, patch by patch."""
    unusable = np.ones(frame.shape, np.bool_)
    unusable[frame.meta.active_area.slices] = False
    scene = Scene.of(frame, unusable, engine.shape)
    double = Double.of(scene, engine.shape.told)
    scan(scene, engine, all_groups(scene, engine), double)
    return scene, double


def _raw(scene: Scene, planes: Floats) -> Floats:
    """Planes (4, h, w) of the grid as a frame (H, W)."""
    rows, cols = planes.shape[1:]
    raw = planes.reshape(2, 2, rows, cols).transpose(2, 0, 3, 1).reshape(2 * rows, 2 * cols)
    top, left = scene.red
    height, width = scene.frame.shape
    return np.ascontiguousarray(raw[top : top + height, left : left + width])


def _levels(scene: Scene) -> Floats:
    """White-balanced levels of the frame, suspects included."""
    gains = scene.frame.levels.spread(scene.frame.meta.site_gains(), scene.frame.shape)
    return np.asarray(scene.frame.normalised() * gains)


def _difference_dn(scene: Scene, difference: Floats) -> Floats:
    """Differences of white-balanced levels in DN."""
    meta = scene.frame.meta
    span = meta.levels.spread(meta.levels.white - meta.levels.black, meta.shape)
    return np.asarray(difference * span / meta.levels.spread(meta.site_gains(), meta.shape))


def in_spreads(
    scene: Scene,
    double: Double,
    suspects: NDArray[np.bool_] | None = None,
    near_px: int = NEAR_PX,
) -> Findings:
    """Differences in the largest deviations expected nearby.

    ``suspects`` were hidden and are judged all the same.
    """
    from scipy import ndimage

    if double.spread is None:
        raise StageError("These weights predict no spread.")
    known = _raw(scene, double.known) > 0
    if suspects is not None:
        known |= suspects
    difference = (_levels(scene) - _raw(scene, double.levels)) * known
    spread = ndimage.maximum_filter(_raw(scene, double.spread), near_px)
    score = np.abs(difference) / np.maximum(spread, LEAST_SPREAD)
    return Findings(score.astype(np.float32), _difference_dn(scene, difference))


def unlike(scene: Scene, double: Double, normal: float) -> Findings:
    """The paper's anomaly map; a position of the four planes has one score.

    ``normal`` is the mean gradient distance of undamaged frames.
    """
    inside = double.known > 0
    picture, other = (
        torch.from_numpy(np.sqrt(np.clip(np.where(inside, x, 0), 0, 1)).astype(np.float32))
        for x in (double.observed, double.levels)
    )
    score = anomaly_map(gms_distance(picture, other), normal).numpy()
    whole = _raw(scene, np.broadcast_to(score, double.levels.shape))
    known = _raw(scene, double.known) > 0
    difference = (_levels(scene) - _raw(scene, double.levels)) * known
    return Findings(whole * known, _difference_dn(scene, difference))


def _strongest(region: NDArray[np.bool_], difference: Floats) -> NDArray[np.bool_]:
    """Of each connected region the pixels that differ most: the map itself is far coarser."""
    from scipy import ndimage

    labels, count = ndimage.label(region, structure=np.ones((3, 3)))
    if not count:
        return region
    most = ndimage.maximum(difference, labels, np.arange(count + 1))
    return np.asarray(region & (difference >= REGION_SHARE * np.asarray(most)[labels]))


def _kinds(
    frame: RawFrame, rows: NDArray[np.intp], cols: NDArray[np.intp], difference: Floats
) -> NDArray[np.uint8]:
    """What one frame can tell: brighter is hot (stuck high at the rail), darker has a low response."""
    value = frame.mosaic[rows, cols]
    at_rail = value >= frame.levels.pick(frame.levels.clip, rows, cols)
    bright = np.where(at_rail, DefectKind.STUCK_HIGH, DefectKind.HOT)
    return np.where(difference > 0, bright, DefectKind.LOW_RESPONSE).astype(np.uint8)
