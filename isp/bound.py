"""A stage with its parameters, called the way its kind is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from isp import registry
from isp.defects import DefectMap
from isp.errors import StageError
from isp.exchange import FrameSet, Injection
from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.local import LocalOp
from isp.params import arguments, validate
from isp.registry import Kind, StageInfo
from isp.repair import Repair, apply_repair


@dataclass(frozen=True)
class Stage:
    """A stage bound to checked parameters.

    Calling it does what its kind promises:

    ================== =============================== =====================
    kind               called with                     returns
    ================== =============================== =====================
    level, naive       frame                           frame
    demosaic           raw frame                       picture
    colour             picture                         picture
    dpc                raw frame                       (raw frame, map)
    blind              raw frame                       (raw frame, map)
    corrector          raw frame, map                  raw frame
    temporal           raw frames, map                 raw frame (the middle)
    injector           raw frame, seed                 Injection
    detector           raw frame, frames or FrameSet   map
    ================== =============================== =====================
    """

    info: StageInfo
    params: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Name and parameters, as written to the provenance."""
        given = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.info.name}({given})"

    @property
    def arguments(self) -> dict[str, Any]:
        """What the stage's function takes by keyword."""
        return arguments(self.info, self.params)

    def __call__(self, *args: Any) -> Any:
        """Run the stage, see the class.

        Raises
        ------
        StageError
            If it is not called with what its kind takes.
        """
        self._check_given(args)
        return _CALLS[self.info.kind](self, *args)

    def plan(self, meta: FrameMeta) -> LocalOp:
        """The strip operator for frames with this metadata (local stages only)."""
        if not self.info.local:
            raise StageError(f"Stage '{self.info.name}' is not local: it has no strip operator.")
        self.check_cfa(meta)
        op: LocalOp = self.info.function(meta, **self.arguments)
        return op

    def repair(self, frames: RawFrame | Sequence[RawFrame], defects: DefectMap) -> Repair:
        """Values for the marked pixels (correctors and temporal stages)."""
        self._check_given((frames, defects))
        for one in (frames,) if isinstance(frames, RawFrame) else frames:
            self.check_cfa(one.meta)
            defects.check_fits(one)
        repair: Repair = self.info.function(frames, defects, **self.arguments)
        return repair

    def takes(self, meta: FrameMeta) -> bool:
        """Whether it works on the frame's CFA."""
        return meta.cfa.family in self.info.cfas

    def check_cfa(self, meta: FrameMeta) -> None:
        """Refuse a frame whose CFA the stage cannot work on; the message names stages that can."""
        if not self.takes(meta):
            family = meta.cfa.family
            able = [one.name for one in registry.infos(self.info.kind) if family in one.cfas]
            raise StageError(
                f"Stage '{self.info.name}' works on {', '.join(self.info.cfas)} frames; this one has"
                f" the CFA {meta.cfa.name}. Of kind {self.info.kind}, {', '.join(able) or 'none'} can."
            )

    def _check_given(self, given: tuple[Any, ...]) -> None:
        """Refuse arguments that are not what the kind takes; the message says what is."""
        if self.info.kind in _FREE:
            return
        takes = _TAKES.get(self.info.kind, (_DOMAINS[self.info.domain],))
        pairs = zip_longest(takes, given, fillvalue=_NOTHING)
        if all(what in _TESTS and _TESTS[what](value) for what, value in pairs):
            return
        got = ", ".join(type(value).__name__ for value in given)
        raise StageError(
            f"Stage '{self.info.name}' is of kind {self.info.kind}: it takes ({', '.join(takes)});"
            f" got ({got})."
        )

    def _frame_to_frame(self, frame: RawFrame | RgbFrame) -> RawFrame | RgbFrame:
        from isp.segments import run_segment

        if self.info.local:
            return run_segment(frame, [self.plan(frame.meta)])
        self.check_cfa(frame.meta)
        result: RawFrame | RgbFrame = self.info.function(frame, **self.arguments)
        return result

    def _frame_and_map(self, frame: RawFrame) -> tuple[RawFrame, DefectMap]:
        if self.info.local:
            result = self._frame_to_frame(frame)
            if not isinstance(result, RawFrame):
                raise StageError(f"Stage '{self.info.name}' must return a raw frame.")
            return result, changed_pixels(frame, result, self.info.name)
        self.check_cfa(frame.meta)
        pair: tuple[RawFrame, DefectMap] = self.info.function(frame, **self.arguments)
        return pair

    def _correct(self, frame: RawFrame, defects: DefectMap) -> RawFrame:
        return apply_repair(frame, defects, self.repair(frame, defects), self.label)

    def _correct_middle(self, frames: Sequence[RawFrame], defects: DefectMap) -> RawFrame:
        repair = self.repair(frames, defects)
        return apply_repair(frames[len(frames) // 2], defects, repair, self.label)

    def _inject(self, frame: RawFrame, seed: int | np.random.Generator = 0) -> Injection:
        self.check_cfa(frame.meta)
        rng = np.random.default_rng(seed)
        injection: Injection = self.info.function(frame, rng, **self.arguments)
        return injection

    def _detect(self, frames: RawFrame | Sequence[RawFrame] | FrameSet) -> DefectMap:
        if isinstance(frames, RawFrame):
            frames = FrameSet(scene=(frames,))
        elif not isinstance(frames, FrameSet):
            frames = FrameSet(scene=tuple(frames))
        self.check_cfa(frames.first.meta)
        found: DefectMap = self.info.function(frames, **self.arguments)
        return found

    def _plain(self, *args: Any) -> Any:
        return self.info.function(*args, **self.arguments)


_CALLS: dict[Kind, Callable[..., Any]] = {
    "level": Stage._frame_to_frame,
    "naive": Stage._frame_to_frame,
    "demosaic": Stage._frame_to_frame,
    "colour": Stage._frame_to_frame,
    "dpc": Stage._frame_and_map,
    "blind": Stage._frame_and_map,
    "corrector": Stage._correct,
    "temporal": Stage._correct_middle,
    "injector": Stage._inject,
    "detector": Stage._detect,
    "shape": Stage._plain,
    "trainer": Stage._plain,
}

_NOTHING: Final = object()
_DOMAINS: Final = {"raw": "RawFrame", "rgb": "RgbFrame"}
_FREE: Final = ("shape", "trainer")  # what they take is their own affair
_TAKES: Final[dict[Kind, tuple[str, ...]]] = {
    "corrector": ("RawFrame", "DefectMap"),
    "temporal": ("list of RawFrame", "DefectMap"),
    "injector": ("RawFrame", "seed"),
    "detector": ("RawFrame, list of RawFrame or FrameSet",),
}
"""What a stage is called with, by kind; one frame where the kind is not here."""

_TESTS: Final[dict[Any, Callable[[Any], bool]]] = {
    "RawFrame": lambda value: isinstance(value, RawFrame),
    "RgbFrame": lambda value: isinstance(value, RgbFrame),
    "DefectMap": lambda value: isinstance(value, DefectMap),
    "list of RawFrame": lambda value: _are_frames(value),
    "seed": lambda value: (
        value is _NOTHING or isinstance(value, int | np.integer | np.random.Generator)
    ),
    "RawFrame, list of RawFrame or FrameSet": lambda value: (
        isinstance(value, RawFrame | FrameSet) or _are_frames(value)
    ),
}


def _are_frames(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(one, RawFrame) for one in value)


def stage(name: str, **params: Any) -> Stage:
    """A stage by name, its parameters checked.

    Raises
    ------
    StageError
        For an unknown stage or parameter, or a value out of bounds.
    """
    info = registry.info(name)
    return Stage(info, validate(info, params))


def changed_pixels(before: RawFrame, after: RawFrame, source: str) -> DefectMap:
    """The map of pixels in which two raw frames differ: what a stage without a map touched."""
    rows, cols = np.nonzero(before.mosaic != after.mosaic)
    change = before.mosaic[rows, cols].astype(np.float32) - after.mosaic[rows, cols]
    return DefectMap.for_frame(rows, cols, after, severity_dn=change, source=source)
