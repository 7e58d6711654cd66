"""The maps that correctors get: the truth, a detected one, a wrong one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp import registry
from isp.bound import Stage
from isp.defects import DefectMap
from isp.errors import ScenarioError
from isp.frame import RawFrame
from isp.words import nearest

DETECTORS: Final[tuple[registry.Kind, ...]] = ("detector", "dpc")
"""Kinds that find defects in one frame; an on-the-fly block by what it changes."""

MAPS: Final = ("truth", "detected", "wrong10")
WRONG_SHARE: Final = 0.1


def check_maps(names: tuple[str, ...]) -> None:
    """Raise `ScenarioError` for a map variant that does not exist."""
    for name in names:
        if name not in MAPS:
            hint = nearest(name, MAPS)
            raise ScenarioError(f"There is no map '{name}'.{hint} Maps: {', '.join(MAPS)}.")


def make_map(
    name: str,
    truth: DefectMap,
    damaged: RawFrame,
    detector: Stage | None,
    rng: np.random.Generator,
) -> DefectMap:
    """One map variant for a damaged frame.

    Parameters
    ----------
    name : str
        ``truth``, ``detected`` or ``wrong10``.
    truth : DefectMap
        The injected defects.
    damaged : RawFrame
        What a detector sees.
    detector : Stage, optional
        For ``detected``.
    rng : Generator
        For ``wrong10``.
    """
    if name == "truth":
        return truth
    if name == "wrong10":
        return wrong_map(truth, rng)
    if detector is None:
        raise ScenarioError("A comparison with detected maps needs a detector; give its name.")
    return detected_map(detector, damaged)


def check_detector(detector: Stage, *kinds: registry.Kind) -> None:
    """Refuse a stage that is no detector.

    Parameters
    ----------
    detector : Stage
        What is to find them.
    *kinds : str
        Kinds that can; those that find them in one frame where not given.

    Raises
    ------
    ScenarioError
        If it is of another kind; the message names the stages that can.
    """
    able = kinds or DETECTORS
    if detector.info.kind not in able:
        known = ", ".join(one.name for one in registry.infos(*able))
        raise ScenarioError(
            f"Stage '{detector.info.name}' is of kind {detector.info.kind}: it cannot be the"
            f" detector here. Stages that can: {known}."
        )


def detected_map(detector: Stage, frame: RawFrame) -> DefectMap:
    """What a detector (or an on-the-fly block, by what it changes) finds in one frame."""
    found: DefectMap = detector(frame)[1] if detector.info.kind == "dpc" else detector(frame)
    return found


def wrong_map(truth: DefectMap, rng: np.random.Generator) -> DefectMap:
    """The truth with 10 % of its pixels missed and as many good pixels marked, drawn anywhere."""
    count = len(truth)
    missed = rng.permutation(count)[: _tenth(count, rng)]
    kept = truth.select(np.setdiff1d(np.arange(count), missed))
    rows, cols = _good_places(truth, _tenth(count, rng), rng)
    extra = DefectMap.of(
        rows, cols, truth.shape, active_area=truth.active_area, cfa=truth.cfa, source="10 % extra"
    )
    return kept.united([extra])


def _tenth(count: int, rng: np.random.Generator) -> int:
    """A tenth of a number, rounded by chance so that few defects are right on average."""
    return int(count * WRONG_SHARE + rng.random())


def _good_places(
    truth: DefectMap, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    good = np.flatnonzero(~truth.mask())
    drawn = rng.choice(good, min(count, len(good)), replace=False)
    return drawn // truth.shape[1], drawn % truth.shape[1]
