"""Getting a subject ready: its noise, and the defects that it has already."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from isp.bound import Stage
from isp.comparison.develop import Development
from isp.comparison.maps import detected_map
from isp.comparison.subject import Input, Subject
from isp.frame import RawFrame
from isp.noise_estimate import estimate_noise


def prepare(subject: Subject, detector: Stage | None) -> Subject:
    """A real frame with its noise model and the defects found in it; simulated ones as they are.

    Parameters
    ----------
    subject : Subject
        As opened.
    detector : Stage, optional
        Looks for defects that a real frame has already; none are known where not given, or where it
        cannot take the frame's CFA.
    """
    if subject.reference is not None:
        return subject
    frame = with_noise(subject.frame)
    existing = subject.existing
    if existing is None and detector is not None and detector.takes(frame.meta):
        existing = detected_map(detector, frame)
    return replace(subject, frame=frame, existing=existing)


def remarks(
    subject: Subject, detector: Stage | None, developments: Sequence[Development]
) -> dict[str, set[str]]:
    """What a comparison does otherwise because of a prepared frame's CFA, by the stage concerned."""
    meta = subject.frame.meta
    found = {
        one.demosaic: {f"cannot take {meta.cfa.name} frames; {used} makes their pictures"}
        for one in developments
        if (used := one.demosaic_of(meta)) != one.demosaic
    }
    looked = subject.reference is not None or subject.existing is not None
    if detector is not None and not looked:
        sentence = f"cannot take {meta.cfa.name} frames; their own defects are not looked for"
        found.setdefault(detector.info.name, set()).add(sentence)
    return found


def with_noise(frame: RawFrame) -> RawFrame:
    """The frame with a noise model: its own, or one estimated from its pixels."""
    if frame.meta.noise is not None:
        return frame
    return RawFrame(frame.mosaic, replace(frame.meta, noise=estimate_noise(frame)))


@dataclass(eq=False)
class SharedInput:
    """An input that several workers use: opened once, by the first, and let go after the last.

    Parameters
    ----------
    source : Input
        What to open.
    detector : Stage, optional
        See `prepare`.
    users : int
        How many times it will be asked for.
    """

    source: Input
    detector: Stage | None
    users: int
    _subject: Subject | None = None
    _error: Exception | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self) -> Subject:
        """The prepared subject. Raises what opening it raised, for every user."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._subject is None:
                self._subject = self._open()
            subject = self._subject
            self.users -= 1
            if self.users == 0:
                self._subject = None
            return subject

    def _open(self) -> Subject:
        try:
            opened = replace(self.source.open(), name=self.source.name)
            return prepare(opened, self.detector)
        except Exception as error:
            self._error = error
            raise
