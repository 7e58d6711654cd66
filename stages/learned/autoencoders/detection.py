"""Defects as what an autoencoder of undamaged pictures does not reconstruct."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectKind, DefectMap
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import RawFrame
from isp.repair import Repair, apply_repair
from stages.learned.autoencoders.residual import Findings, Residual, findings
from stages.learned.autoencoders.weights import shipped
from stages.learned.running.place import Place, Running

ResidualChoice = Annotated[
    Residual, Field(description="l1: difference in noise; ssim: structure of windows")
]
ThresholdChoice = Annotated[
    float | None, Field(gt=0, description="of the residual; calibrated where not given")
]


def threshold_of(about: dict[str, Any], residual: Residual) -> float:
    """The threshold that a weights file keeps for a residual.

    Raises
    ------
    StageError
        If it keeps none: then a threshold must be given.
    """
    kept = about.get("thresholds")
    value = kept.get(residual) if isinstance(kept, dict) else None
    if not isinstance(value, int | float) or not np.isfinite(value) or value <= 0:
        raise StageError(
            f"These weights keep no threshold for the residual '{residual}'; give the parameter"
            " threshold."
        )
    return float(value)


def detect_with(
    name: str,
    frames: FrameSet,
    residual: Residual,
    threshold: float | None,
    running: Running,
) -> DefectMap:
    """The defects of each frame, united; the parameters are the stages'.

    Raises
    ------
    WeightsError
        If the weights cannot be used.
    StageError
        If a frame is not Bayer, or the weights keep no threshold and none is given.
    """
    place = Place.of(running.device, running.precision)
    reconstructor, about = shipped(name, running.weights, place)
    least = threshold_of(about, residual) if threshold is None else threshold
    maps = []
    for frame in frames.scene or frames.all:
        seen = findings(frame, reconstructor, residual, place)
        maps.append(as_map(frame, seen, residual, least, f"{name}_detector"))
    return maps[0].united(maps[1:]).labelled() if len(maps) > 1 else maps[0]


def blind_with(
    name: str,
    frame: RawFrame,
    residual: Residual,
    threshold: float | None,
    running: Running,
) -> tuple[RawFrame, DefectMap]:
    """The frame with its reconstruction where the residual says defect, and where that is.

    Raises
    ------
    WeightsError
        If the weights cannot be used.
    StageError
        If the frame is not Bayer, or the weights keep no threshold and none is given.
    """
    place = Place.of(running.device, running.precision)
    reconstructor, about = shipped(name, running.weights, place)
    least = threshold_of(about, residual) if threshold is None else threshold
    seen = findings(frame, reconstructor, residual, place)
    found_by = f"{name}_blind"
    found = as_map(frame, seen, residual, least, found_by)
    repair = Repair(seen.made_dn[found.rows, found.cols], np.ones(len(found), np.bool_))
    return apply_repair(frame, found, repair, found_by), found


def as_map(
    frame: RawFrame, seen: Findings, residual: Residual, threshold: float, step: str
) -> DefectMap:
    """The pixels whose score reaches the threshold.

    Parameters
    ----------
    frame : RawFrame
        The frame.
    seen : Findings
        What speaks for a defect there.
    residual : str
        What the score is.
    threshold : float
        Least score.
    step : str
        The stage, for ``source``.
    """
    rows, cols = np.nonzero(seen.score >= threshold)
    severity = frame.mosaic[rows, cols].astype(np.float32) - seen.made_dn[rows, cols]
    return DefectMap.for_frame(
        rows,
        cols,
        frame,
        kind=_kinds(frame, rows, cols, severity),
        severity_dn=severity,
        source=f"{step}: one frame, {residual} residual at least {threshold:.4g},"
        f" {seen.noise_source} noise",
    ).labelled()


def _kinds(
    frame: RawFrame,
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    severity_dn: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """What one frame can tell: brighter is hot (stuck high at the rail), darker responds badly."""
    at_rail = frame.mosaic[rows, cols] >= frame.levels.pick(frame.levels.clip, rows, cols)
    bright = np.where(at_rail, DefectKind.STUCK_HIGH, DefectKind.HOT)
    return np.where(severity_dn > 0, bright, DefectKind.LOW_RESPONSE).astype(np.uint8)
