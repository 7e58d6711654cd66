"""What injectors, detectors and blind stages promise of the maps that they return."""

from __future__ import annotations

import numpy as np

from isp.bound import Stage
from isp.defects import DefectMap
from isp.exchange import FrameSet, Injection
from isp.frame import RawFrame
from isp.testing import frames
from isp.testing.record import require

FALSE_ALARMS_PPM = 100.0  # of the pixels of a clean flat field
CLEAN_SHAPE = (255, 301)


def check_injector(stage: Stage) -> None:
    """Check that damage is seeded, stays inside its truth, in range and on the code grid."""
    for cfa in frames.cfas(stage.info.cfas):
        for dtype in frames.DTYPES:
            frame = frames.textured(cfa, dtype, shape=(95, 101))
            one, again = stage(frame, 7), stage(frame, 7)
            _check_injection(stage, frame, one)
            same = np.array_equal(one.frame.mosaic, again.frame.mosaic) and np.array_equal(
                one.truth.mask(), again.truth.mask()
            )
            require(same, stage.info, "must do the same damage for the same seed", cfa.name)


def _check_injection(stage: Stage, frame: RawFrame, injection: Injection) -> None:
    info, damaged = stage.info, injection.frame
    where = f"{frame.cfa.name} {frame.meta.dtype}"
    injection.truth.check_fits(damaged)
    kept = (
        damaged.shape == frame.shape
        and damaged.meta.dtype == frame.meta.dtype
        and damaged.levels == frame.levels
    )
    require(kept, info, "must keep size, dtype and levels", where)
    outside = ~injection.truth.mask()
    same = np.array_equal(damaged.mosaic[outside], frame.mosaic[outside])
    require(same, info, "must damage no pixel that its truth does not hold", where)
    marked = damaged.mosaic[injection.truth.rows, injection.truth.cols].astype(np.float64)
    require(bool(np.isfinite(marked).all()), info, "must leave finite values", where)
    top = frame.levels.pick(frame.levels.clip, injection.truth.rows, injection.truth.cols)
    require(bool((marked <= top).all()), info, "must not exceed the saturation level", where)


def check_detector(stage: Stage) -> None:
    """Check that a clean flat field is clean, and that maps fit and are the same each time."""
    for cfa in frames.cfas(stage.info.cfas):
        clean = tuple(frames.flat(cfa, shape=CLEAN_SHAPE, noise=1.0, seed=s) for s in range(4))
        given = FrameSet(scene=clean[:1], dark=_dark(clean), flat=clean)
        found = _found(stage, given)
        alarms_ppm = 1e6 * len(found) / (CLEAN_SHAPE[0] * CLEAN_SHAPE[1])
        require(
            alarms_ppm <= FALSE_ALARMS_PPM,
            stage.info,
            f"must find at most {FALSE_ALARMS_PPM:.0f} ppm defects in a clean flat field",
            f"{cfa.name}, {alarms_ppm:.0f} ppm",
        )
        same = np.array_equal(found.mask(), _found(stage, given).mask())
        require(same, stage.info, "must find the same each time", cfa.name)
    for shape in ((1, 1), (5, 7)):
        few = tuple(frames.textured(cfa, shape=shape, seed=s) for s in range(4))
        _found(stage, FrameSet(scene=few[:1], dark=_dark(few), flat=few))


def _dark(series: tuple[RawFrame, ...]) -> tuple[RawFrame, ...]:
    """Dark frames of the same sensor: black level and read noise."""
    found = []
    for seed, frame in enumerate(series):
        black = frame.levels.spread(frame.levels.black, frame.shape)
        noise = 2.0 * np.random.default_rng(seed).standard_normal(frame.shape)
        dark = np.rint(np.maximum(black + noise, 0)).astype(frame.mosaic.dtype)
        found.append(frame.with_mosaic(dark, "dark"))
    return tuple(found)


def _found(stage: Stage, given: FrameSet) -> DefectMap:
    found: DefectMap = stage(given)
    found.check_fits(given.first)
    require(bool(found.source), stage.info, "must say in its map where that comes from")
    return found


def check_blind(stage: Stage) -> None:
    """Check that a blind stage keeps the frame's form and owns up to all that it changes."""
    for cfa in frames.cfas(stage.info.cfas):
        for dtype in frames.DTYPES:
            frame = frames.textured(cfa, dtype, shape=(95, 101))
            where = f"{cfa.name} {dtype}"
            out, found = stage(frame)
            found.check_fits(frame)
            form = out.shape == frame.shape and out.meta.dtype == frame.meta.dtype
            require(form, stage.info, "must keep size and dtype", where)
            require(out.meta.levels == frame.levels, stage.info, "must keep the levels", where)
            finite = bool(np.isfinite(out.mosaic).all())
            require(finite, stage.info, "must return finite values", where)
            changed = out.mosaic != frame.mosaic
            owned = not (changed & ~found.mask()).any()
            require(owned, stage.info, "must mark every pixel that it changed", where)
            again, _ = stage(frame)
            same = np.array_equal(out.mosaic, again.mosaic)
            require(same, stage.info, "must give the same result each time", where)
