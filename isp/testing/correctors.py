"""What correctors and temporal stages promise: values for the marked pixels, from good pixels only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isp.bound import Stage
from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.frame import Area, RawFrame
from isp.levels import Levels
from isp.repair import Repair, apply_repair
from isp.testing import frames
from isp.testing.record import require
from isp.threads import threads_limited

FLAT_TOLERANCE = 0.02  # of the range: a repair of a flat field that is further off can be seen
SHIFT_TOLERANCE = 2e-3


def check(stage: Stage) -> None:
    """Check a corrector (or temporal stage) on all CFAs that it declares."""
    cfas = frames.cfas(stage.info.cfas)
    for cfa in cfas:
        for name, mask in frames.masks():
            _check_map(stage, frames.textured(cfa), name, mask)
        _check_flat(stage, cfa)
    for dtype in frames.DTYPES:
        for name, mask in frames.masks():
            _check_map(stage, frames.textured(cfas[0], dtype), name, mask)
        _check_hopeless(stage, frames.textured(cfas[0], dtype))
    _check_small(stage, cfas[0])
    _check_shift(stage, cfas[0])
    _check_border(stage, cfas[0])
    _check_threads(stage, cfas[0])


def _repair(
    stage: Stage, frame: RawFrame, defects: DefectMap, scene: RawFrame | None = None
) -> Repair:
    """Run the stage and check the form of what it returns; ``scene``: the frame's neighbours in time."""
    if stage.info.kind == "corrector":
        return checked(stage, stage.repair(frame, defects), len(defects))
    around = frame if scene is None else scene
    blinking = replace(defects, kind=np.full(len(defects), DefectKind.BLINKING, np.uint8))
    return checked(stage, stage.repair((around, frame, around), blinking), len(defects))


def checked(stage: Stage, repair: Repair, count: int) -> Repair:
    """The repair, once its form is right for a map of ``count`` pixels."""
    form = (
        repair.values.shape == (count,)
        and repair.values.dtype == np.float32
        and repair.repaired.shape == (count,)
        and repair.repaired.dtype == np.bool_
    )
    require(form, stage.info, "must return one float32 value and one bool for each marked pixel")
    finite = bool(np.isfinite(repair.values[repair.repaired]).all())
    require(finite, stage.info, "must return finite values for what it repaired")
    if repair.spread is not None:
        spread = repair.spread[repair.repaired]
        known = repair.spread.shape == (count,) and bool((spread >= 0).all())
        require(known, stage.info, "must return a spread >= 0 for each marked pixel or none")
    return repair


def _same(a: Repair, b: Repair) -> bool:
    return np.array_equal(a.repaired, b.repaired) and np.array_equal(
        a.values[a.repaired], b.values[b.repaired]
    )


def _wild(frame: RawFrame, mask: NDArray[np.bool_]) -> Iterator[RawFrame]:
    """The frame with other values in the marked pixels: lowest, highest, noise."""
    low, high = (
        (0, np.iinfo(frame.mosaic.dtype).max) if frame.meta.dtype.kind == "u" else (-1e6, 1e6)
    )
    noise = np.random.default_rng(9).uniform(low, high, int(mask.sum()))
    for values in (low, high, noise):
        mosaic = frame.mosaic.copy()
        mosaic[mask] = values
        yield RawFrame(mosaic, frame.meta)


def _check_map(stage: Stage, frame: RawFrame, name: str, mask: NDArray[np.bool_]) -> None:
    """Only good pixels are used, all that could be is repaired, nothing else changes."""
    where = f"{frame.cfa.name} {frame.meta.dtype} with {name}"
    defects = frames.defects_of(frame, mask)
    repair = _repair(stage, frame, defects)
    for wild in () if stage.info.uses_marked else _wild(frame, mask):
        again = _repair(stage, wild, defects, frame)
        require(
            _same(repair, again),
            stage.info,
            "must use good pixels only (its repair follows the marked pixels' own values)",
            where,
        )
    if name == "a single":
        require(bool(repair.repaired.all()), stage.info, "must repair a single defect", where)
    range_dn = float(frame.levels.white.max())
    sane = bool((np.abs(repair.values[repair.repaired]) < 10 * range_dn).all())
    require(sane, stage.info, "must not run off the range tenfold", where)
    result = apply_repair(frame, defects, repair, stage.info.name)
    kept = np.array_equal(result.mosaic[~mask], frame.mosaic[~mask])
    require(kept, stage.info, "must leave good pixels alone", where)


def _check_flat(stage: Stage, cfa: Cfa) -> None:
    """A hole in a flat field is filled with its level."""
    frame = frames.flat(cfa, "float32")
    range_dn = float(frame.levels.white.max())
    for name, mask in frames.masks():
        repair = _repair(stage, frame, frames.defects_of(frame, mask))
        off = np.abs(repair.values - frame.mosaic[mask])[repair.repaired] / range_dn
        worst = float(off.max(initial=0.0))
        require(
            worst <= FLAT_TOLERANCE,
            stage.info,
            f"must fill a flat field within {FLAT_TOLERANCE:.0%} of the range",
            f"{cfa.name} with {name} is {worst:.1%} off",
        )


def _check_hopeless(stage: Stage, frame: RawFrame) -> None:
    """No defects, and nothing but defects."""
    nothing = _repair(stage, frame, DefectMap.empty(frame))
    require(len(nothing.values) == 0, stage.info, "must take an empty map")
    everything = frames.defects_of(frame, np.ones(frame.shape, np.bool_))
    repair = _repair(stage, frame, everything)
    if not stage.info.uses_marked:
        honest = not repair.repaired.any()
        require(honest, stage.info, "must not claim to repair a frame without a good pixel")


def _check_small(stage: Stage, cfa: Cfa) -> None:
    """Frames smaller than any window."""
    for shape in ((1, 1), (1, 9), (3, 2), (5, 5), (7, 6)):
        frame = frames.textured(cfa, shape=shape)
        mask = np.zeros(shape, np.bool_)
        mask[shape[0] // 2, shape[1] // 2] = True
        _check_map(stage, frame, f"one defect in {shape[0]}×{shape[1]}", mask)


def _check_shift(stage: Stage, cfa: Cfa) -> None:
    """More black adds itself to the repair and changes nothing else."""
    frame = frames.textured(cfa, "float32")
    # On a grid that float32 holds with the offset too: a greedy method may turn a rounding error into
    # another choice among equals.
    frame = frame.with_mosaic(np.round(frame.mosaic * np.float32(8)) / np.float32(8), "eighths")
    levels = frame.levels
    offset = 500.0
    moved_levels = Levels.of(levels.black + offset, levels.white + offset, levels.clip + offset)
    mosaic = (frame.mosaic + np.float32(offset)).astype(np.float32)
    moved = frame.with_mosaic(mosaic, "offset", levels=moved_levels)
    for name, mask in frames.masks():
        here = _repair(stage, frame, frames.defects_of(frame, mask))
        there = _repair(stage, moved, frames.defects_of(moved, mask))
        both = here.repaired & there.repaired
        off = np.abs(there.values - offset - here.values)[both].max(initial=0.0)
        same = np.array_equal(here.repaired, there.repaired)
        require(
            same and off <= SHIFT_TOLERANCE * float(levels.white.max()),
            stage.info,
            "must follow the black level (the same signal over more black, the same repair)",
            f"{name}, {off:.3g} DN off",
        )


def _check_border(stage: Stage, cfa: Cfa) -> None:
    """The active area is repaired from the active area, whatever the masked border holds."""
    area = Area(3, 5, frames.SHAPE[0] - 7, frames.SHAPE[1] - 6)
    frame = frames.textured(cfa)
    mask = np.zeros(frames.SHAPE, np.bool_)
    mask[area.top : area.top + 4, area.left : area.left + 5] = True
    mask[20, area.right - 1] = mask[area.bottom - 1, 30] = True
    dark = frames.with_border(frame, area, 0)
    bright = frames.with_border(frame, area, 4095)
    require(
        _same(
            _repair(stage, dark, frames.defects_of(dark, mask)),
            _repair(stage, bright, frames.defects_of(bright, mask)),
        ),
        stage.info,
        "must not use pixels outside the active area for a defect inside it",
    )


def _check_threads(stage: Stage, cfa: Cfa) -> None:
    """The same repair each time, on one thread and on several."""
    frame = frames.textured(cfa)
    for name, mask in frames.masks():
        defects = frames.defects_of(frame, mask)
        results = []
        for threads in (1, 2, 5):
            with threads_limited(threads):
                results.append(_repair(stage, frame, defects))
        same = all(_same(results[0], other) for other in results[1:])
        require(same, stage.info, "must give the same repair on any number of threads", name)
