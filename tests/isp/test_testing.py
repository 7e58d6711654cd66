"""The check refuses stages that break the promise of their kind, and says which one."""

import numpy as np
import pytest

from isp.defects import DefectMap
from isp.errors import IspError
from isp.frame import FrameMeta, RawFrame
from isp.local import LocalOp
from isp.registry import stage
from isp.repair import Repair
from isp.testing import StageCheckError, check_stage


def _corrector(values, repaired=None, **fields):
    """A corrector out of a function (frame, defects) -> values."""

    @stage("corrector", reference="test", cfas=("mono",), **fields)
    def made(frame: RawFrame, defects: DefectMap) -> Repair:
        """Made for a test."""
        found = np.asarray(values(frame, defects))
        done = np.ones(len(defects), bool) if repaired is None else repaired(frame, defects)
        return Repair(found, done)

    return made.__stage__


def _good_mean(frame, defects):
    area = np.zeros(frame.shape, bool)
    area[frame.meta.active_area.slices] = True
    good = area & ~defects.mask()
    signal = frame.signal()[good]
    black = frame.levels.pick(frame.levels.black, defects.rows, defects.cols)
    return ((signal.mean() if good.any() else 0) + black).astype(np.float32)


def _any_good(frame, defects):
    return np.full(len(defects), len(defects) < frame.mosaic.size)


def test_an_honest_corrector_passes():
    check_stage(_corrector(_good_mean, _any_good))


BROKEN = {
    "good pixels only": (
        lambda f, d: np.full(len(d), f.mosaic.mean(), np.float32),
        _any_good,
    ),
    "float32": (lambda f, d: _good_mean(f, d).astype(np.float64), _any_good),
    "one float32 value": (lambda f, d: _good_mean(f, d)[1:], _any_good),
    "finite": (lambda f, d: np.full(len(d), np.nan, np.float32), _any_good),
    "without a good pixel": (_good_mean, None),
    "black level": (lambda f, d: np.full(len(d), 1728.0, np.float32), _any_good),
    "flat field": (lambda f, d: 1.1 * _good_mean(f, d), _any_good),
    "single defect": (_good_mean, lambda f, d: np.zeros(len(d), bool)),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_corrector_that_breaks_a_promise_is_told_so(promise):
    with pytest.raises(StageCheckError, match=promise):
        check_stage(_corrector(*BROKEN[promise]))


@pytest.mark.parametrize(
    ("least_frames", "notes", "promise"),
    [(1, (), "single frame"), (2, (), "in its notes"), (2, ("one frame",), "another scene")],
)
def test_a_temporal_stage_that_repairs_what_it_cannot_is_told_so(least_frames, notes, promise):
    @stage("temporal", reference="test", cfas=("mono",))
    def made(frames: list[RawFrame], defects: DefectMap) -> Repair:
        """Made for a test: the level of the good pixels, whatever the other frames show."""
        middle = frames[len(frames) // 2]
        good = _any_good(middle, defects) & (len(frames) >= least_frames)
        return Repair(_good_mean(middle, defects), good, None, notes)

    with pytest.raises(StageCheckError, match=promise):
        check_stage(made.__stage__)


def test_looking_at_the_masked_border_is_found():
    def careless(frame, defects):
        signal = frame.signal()[~defects.mask()]
        black = frame.levels.pick(frame.levels.black, defects.rows, defects.cols)
        return ((signal.mean() if len(signal) else 0) + black).astype(np.float32)

    with pytest.raises(StageCheckError, match="active area"):
        check_stage(_corrector(careless, _any_good))


def test_an_undocumented_parameter_is_found():
    @stage("corrector", reference="test")
    def made(frame: RawFrame, defects: DefectMap, *, strength: float = 1.0) -> Repair:
        """Made for a test."""
        return Repair(np.zeros(len(defects), np.float32), np.zeros(len(defects), np.bool_))

    with pytest.raises(StageCheckError, match="'strength' is not explained"):
        check_stage(made.__stage__)


def _local(run, **margins):
    @stage("naive", reference="test", cfas=("bayer",), local=True)
    def made(meta: FrameMeta) -> LocalOp:
        """Made for a test."""
        return LocalOp(run, meta.then("made"), **margins)

    return made.__stage__


def test_a_strip_operator_that_looks_at_its_strip_is_found():
    def run(src, dst, row):
        dst[:] = src if row else src[::-1]

    with pytest.raises(StageCheckError, match="whatever the strips"):
        check_stage(_local(run))


def test_a_naive_stage_that_changes_a_flat_frame_is_found():
    def run(src, dst, row):
        dst[:] = src // 2

    with pytest.raises(StageCheckError, match="flat frame"):
        check_stage(_local(run))


def test_the_error_is_one_of_ours():
    assert issubclass(StageCheckError, IspError)
