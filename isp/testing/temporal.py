"""What temporal stages promise beside what correctors do: honesty about what other frames can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isp.bound import Stage
from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from isp.testing import correctors, frames
from isp.testing.record import require

EXPOSURES = (0.5, 1.0, 0.8)
OFF = 0.3  # of the range: a marked pixel that is bad stands so far above its scene
TOLERANCE = 0.03


def check(stage: Stage) -> None:
    """Check a temporal stage: as a corrector, then on frames that must not or cannot be used."""
    correctors.check(stage)
    for cfa in frames.cfas(stage.info.cfas):
        _check_one_frame(stage, cfa)
        _check_moving(stage, cfa)
        _check_bad_everywhere(stage, cfa)
        _check_blinking(stage, cfa)


def _mask() -> NDArray[np.bool_]:
    mask = np.zeros(frames.SHAPE, np.bool_)
    mask[20, 24] = mask[11, 30:32] = mask[33, 8] = True
    return mask


def _map(frame: RawFrame, kind: DefectKind) -> DefectMap:
    defects = frames.defects_of(frame, _mask())
    return replace(defects, kind=np.full(len(defects), kind, np.uint8))


def _run(stage: Stage, series: list[RawFrame], defects: DefectMap) -> Repair:
    return correctors.checked(stage, stage.repair(series, defects), len(defects))


def _refused(stage: Stage, repair: Repair, promise: str, where: str) -> None:
    require(not repair.repaired.any(), stage.info, promise, where)
    told = bool(repair.notes)
    require(told, stage.info, "must say in its notes why pixels are not repaired", where)


def _check_one_frame(stage: Stage, cfa: Cfa) -> None:
    frame = frames.textured(cfa)
    repair = _run(stage, [frame], _map(frame, DefectKind.BLINKING))
    _refused(stage, repair, "must not repair from a single frame", cfa.name)


def _check_moving(stage: Stage, cfa: Cfa) -> None:
    """Frames of three scenes that have nothing in common."""
    rng = np.random.default_rng(11)
    series = [frames.from_parts(cfa, "uint16", rng.uniform(0.1, 0.8, frames.SHAPE)) for _ in "abc"]
    repair = _run(stage, series, _map(series[1], DefectKind.BLINKING))
    _refused(stage, repair, "must not repair from frames of another scene", cfa.name)


def _series(cfa: Cfa) -> list[RawFrame]:
    """A static flat scene in three exposures, with noise of its own in each."""
    made = []
    for number, share in enumerate(EXPOSURES):
        flat = frames.flat(cfa, noise=1.0, seed=number)
        black = flat.levels.spread(flat.levels.black, flat.shape)
        dimmed = np.rint(black + share * (flat.mosaic - black)).astype(flat.mosaic.dtype)
        made.append(flat.with_mosaic(dimmed, "exposure"))
    return made


def _bad(frame: RawFrame, mask: NDArray[np.bool_]) -> RawFrame:
    """The frame with the marked pixels far above their scene."""
    mosaic = frame.mosaic.copy()
    mosaic[mask] += np.uint16(OFF * float(frame.levels.white.max()))
    return frame.with_mosaic(mosaic, "bad")


def _check_bad_everywhere(stage: Stage, cfa: Cfa) -> None:
    series = [_bad(frame, _mask()) for frame in _series(cfa)]
    for kind in (DefectKind.HOT, DefectKind.BLINKING, DefectKind.UNKNOWN):
        repair = _run(stage, series, _map(series[1], kind))
        where = f"{cfa.name}, {kind.label}"
        _refused(stage, repair, "must not take a pixel from frames in which it is bad", where)


def _check_blinking(stage: Stage, cfa: Cfa) -> None:
    """On in the first frame and the middle one, off in the last: it comes from the last."""
    clean = _series(cfa)
    series = [_bad(clean[0], _mask()), _bad(clean[1], _mask()), clean[2]]
    repair = _run(stage, series, _map(series[1], DefectKind.BLINKING))
    off = np.abs(repair.values - clean[1].mosaic[_mask()]) / float(clean[1].levels.white.max())
    require(
        bool(repair.repaired.all() and (off <= TOLERANCE).all()),
        stage.info,
        f"must take a blinking pixel from the frame in which it is off, within {TOLERANCE:.0%}",
        f"{cfa.name}, {int(repair.repaired.sum())} of {len(off)} repaired, {off.max():.1%} off",
    )
