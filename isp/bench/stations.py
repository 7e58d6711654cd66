"""What each kind of stage gets in a benchmark: the frame as it is where the stage stands in a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from isp.bound import Stage
from isp.defects import DefectMap
from isp.errors import IspError, StageError
from isp.exchange import Injection
from isp.frame import RawFrame, RgbFrame
from isp.local import LocalOp
from isp.pipeline import Pipeline
from isp.segments import Segment, result_shape

BEFORE_DEMOSAIC = ("black_level", "white_balance", "highlight_clip")
TIMED_KINDS = (
    "level", "injector", "detector", "dpc", "corrector", "blind", "naive", "demosaic", "colour",
)  # fmt: skip


@dataclass(frozen=True)
class Stations:
    """One damaged frame at each place of a chain.

    Parameters
    ----------
    injection : Injection
        The damaged frame and its truth map.
    """

    injection: Injection

    @property
    def raw(self) -> RawFrame:
        """Codes as read."""
        return self.injection.frame

    @property
    def truth(self) -> DefectMap:
        """The map that correctors get."""
        return self.injection.truth

    @cached_property
    def signal(self) -> RawFrame:
        """Black subtracted."""
        return self._raw_after(BEFORE_DEMOSAIC[:1])

    @cached_property
    def balanced(self) -> RawFrame:
        """What a demosaicing gets."""
        return self._raw_after(BEFORE_DEMOSAIC)

    @cached_property
    def picture(self) -> RgbFrame:
        """What stages on pictures get."""
        done = Pipeline.of(["bilinear"]).run(self.balanced).frame
        if not isinstance(done, RgbFrame):
            raise StageError("Stage 'bilinear' must return a picture.")
        return done

    def _raw_after(self, names: tuple[str, ...]) -> RawFrame:
        done = Pipeline.of(names).run(self.raw).frame
        if not isinstance(done, RawFrame):
            raise StageError(f"The stages {', '.join(names)} must return a raw frame.")
        return done

    def work(self, stage: Stage) -> Callable[[], Any]:
        """The call to be timed for a stage.

        Raises
        ------
        StageError
            If stages of this kind are not timed, or this one cannot work on this frame.
        """
        kind = stage.info.kind
        if kind not in TIMED_KINDS:
            raise StageError(f"Stages of kind {kind} are not timed.")
        if kind == "corrector":
            return lambda: stage.repair(self.raw, self.truth)
        if kind == "injector":
            return lambda: stage(self.raw, 0)
        frame = self.input_of(stage)
        if stage.info.local:
            return segment_work(frame, [stage.plan(frame.meta)])
        stage.check_cfa(frame.meta)
        return lambda: stage(frame)

    def input_of(self, stage: Stage) -> RawFrame | RgbFrame:
        """The frame that a stage gets."""
        if stage.info.domain == "rgb":
            return self.picture
        if stage.info.kind == "demosaic":
            return self.balanced
        return self._level_input(stage) if stage.info.kind == "level" else self.raw

    def _level_input(self, stage: Stage) -> RawFrame:
        """Codes where a level stage takes them, else the signal."""
        try:
            stage.plan(self.raw.meta)
        except IspError:
            return self.signal
        return self.raw


def segment_work(frame: RawFrame | RgbFrame, ops: Sequence[LocalOp]) -> Callable[[], Any]:
    """A call that runs local stages into memory at hand: a stream of frames would reuse it too."""
    last = ops[-1].out
    out = np.empty(result_shape(last), last.dtype)
    segment = Segment.of(frame.meta, ops)
    return lambda: segment.run(frame, out=out)


def bench_frame(shape: tuple[int, int] = (3000, 4000), seed: int = 0) -> RawFrame:
    """A 12-bit RGGB frame of slopes and noise, for a benchmark without a file.

    Parameters
    ----------
    shape : (int, int)
        Height and width; the default is 12 MP.
    seed : int
        Of the noise.
    """
    rng = np.random.default_rng(seed)
    down = np.linspace(0.1, 0.8, shape[0], dtype=np.float32)[:, None]
    across = 0.6 + 0.4 * np.sin(np.linspace(0, 40, shape[1], dtype=np.float32))
    codes = 256 + 3839 * down * across + rng.normal(0, 8, shape).astype(np.float32)
    mosaic = np.clip(np.rint(codes), 0, 4095).astype(np.uint16)
    gains = (1.9, 1.0, 1.6)
    return RawFrame.of(mosaic, "RGGB", black_dn=256, white_dn=4095, white_balance=gains)
