"""What stages from frame to frame promise: strips equal the whole, flat stays flat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.bound import Stage
from isp.cfa import CHANNEL_OF_SITE, GR, MONO, B, R
from isp.errors import IspError
from isp.frame import RawFrame, RgbFrame, Space
from isp.segments import run_segment
from isp.testing import frames
from isp.testing.record import require

Frame = RawFrame | RgbFrame
FLOAT_TOLERANCE = 1e-5  # of the largest value: strips against whole, float paths
FLAT_TOLERANCE = 5e-3


def check(stage: Stage) -> None:
    """Check a level, naive, demosaic, colour or dpc stage on all frames that it takes.

    A stage may refuse a frame with a sentence (black not yet subtracted, a dtype, a space), but has to
    take at least one form of each CFA that it declares.
    """
    for name, forms in _inputs(stage).items():
        taken = [frame for frame in forms if _accepts(stage, frame)]
        require(bool(taken), stage.info, "must take at least one form of", name)
        for frame in taken:
            out = _run(stage, frame)
            _check_form(stage, frame, out)
            if stage.info.local:
                _check_strips(stage, frame, _pixels(out))
            same = np.array_equal(_pixels(out), _pixels(_run(stage, frame)))
            require(same, stage.info, "must give the same result each time", _name(frame))
    _check_flat(stage)


def _inputs(stage: Stage) -> dict[str, list[Frame]]:
    """Frames to try, by what at least one of them must be taken for."""
    if stage.info.domain == "rgb":
        depths = ("float32", "uint8", "uint16")
        spaces: tuple[tuple[Space, str], ...] = (
            ("camera", "float32"),
            ("linear_srgb", "float32"),
            *(("display", depth) for depth in depths),
        )
        return {"pictures": [frames.picture(space, dtype) for space, dtype in spaces]}
    found: dict[str, list[Frame]] = {}
    for cfa in frames.cfas(stage.info.cfas):
        for shape in (frames.SHAPE, (64, 9), (7, 6), (1, 1)):
            found[f"{cfa.name} {shape[0]}×{shape[1]}"] = [
                frames.textured(cfa, dtype, shape) for dtype in frames.DTYPES
            ]
    return found


def _accepts(stage: Stage, frame: Frame) -> bool:
    try:
        _run(stage, frame)
    except IspError:
        return False
    return True


def _run(stage: Stage, frame: Frame) -> Frame:
    result = stage(frame)
    out: Frame = result[0] if stage.info.kind == "dpc" else result
    return out


def _pixels(frame: Frame) -> NDArray[Any]:
    return frame.mosaic if isinstance(frame, RawFrame) else frame.pixels


def _name(frame: Frame) -> str:
    height, width = frame.shape
    return f"{frame.meta.space} {frame.meta.cfa.name} {frame.meta.dtype} {height}×{width}"


def _check_form(stage: Stage, frame: Frame, out: Frame) -> None:
    """Kind, shape and metadata of the result; nothing that is not finite."""
    info, where = stage.info, _name(frame)
    picture = info.domain == "rgb" or info.kind == "demosaic"
    kind = isinstance(out, RgbFrame) == picture
    require(kind, info, f"must return a {'picture' if picture else 'raw frame'}", where)
    require(out.shape == frame.shape, info, "must keep height and width", where)
    area = out.meta.active_area == frame.meta.active_area
    require(area, info, "must keep the active area", where)
    require(bool(np.isfinite(_pixels(out)).all()), info, "must return finite values", where)
    told = len(out.meta.provenance) > len(frame.meta.provenance)
    require(told, info, "must add itself to the provenance", where)
    if info.kind == "dpc":
        require(out.meta.levels == frame.meta.levels, info, "must keep the levels", where)
        _, found = stage(frame)
        rows, cols = np.nonzero(_pixels(out) != _pixels(frame))
        exact = np.array_equal(found.rows, rows) and np.array_equal(found.cols, cols)
        require(exact, info, "must return the map of the pixels that it changed", where)


def _check_strips(stage: Stage, frame: Frame, whole: NDArray[Any]) -> None:
    """Any strip height and any number of threads give the result of the whole frame."""
    op = stage.plan(frame.meta)
    scale = max(1.0, float(np.abs(whole.astype(np.float64)).max()))
    for strip_rows, threads in ((1, 1), (2, 2), (5, 2), (16, 3), (1000, 1)):
        part = _pixels(run_segment(frame, [op], strip_rows=strip_rows, threads=threads))
        off = float(np.abs(part.astype(np.float64) - whole).max())
        allowed = FLOAT_TOLERANCE * scale if whole.dtype.kind == "f" else 0.0
        require(
            off <= allowed,
            stage.info,
            "must give the same result whatever the strips",
            f"{_name(frame)}, strips of {strip_rows} rows on {threads} threads: {off:.3g} off",
        )


def _check_flat(stage: Stage) -> None:
    """A frame of one colour stays one: exactly itself for dpc and naive, its level once demosaiced."""
    if stage.info.kind in ("level", "colour"):
        return
    if stage.info.domain == "rgb":
        picture = frames.picture("camera", constant=True)
        change = np.abs(_pixels(_run(stage, picture)) - picture.pixels).max()
        require(float(change) <= 1e-6, stage.info, "must leave a picture of one colour unchanged")
        return
    for cfa in frames.cfas(stage.info.cfas):
        forms = (frames.flat(cfa, dtype) for dtype in reversed(frames.DTYPES))
        frame = next(frame for frame in forms if _accepts(stage, frame))
        out = _pixels(_run(stage, frame))
        if stage.info.kind == "demosaic":
            sites = (R, GR, B) if cfa.family != "mono" else (MONO,)
            level = np.array([frames.CHANNEL_LEVELS[CHANNEL_OF_SITE[site]] for site in sites])
            off = float(np.abs(out - level).max())
            require(
                off <= FLAT_TOLERANCE,
                stage.info,
                "must make a flat mosaic a flat picture of its levels (1 = white)",
                f"{cfa.name}, {off:.3g} off",
            )
        else:
            same = np.array_equal(out, frame.mosaic)
            require(same, stage.info, "must leave a flat frame unchanged", cfa.name)
