"""What a comparison works on: a frame, what is known of its truth, and what is bad in it already."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isp.defects import DefectMap
from isp.errors import FrameError
from isp.exchange import Injection
from isp.frame import RawFrame
from isp.seeds import child_rng

Inject = Callable[[RawFrame, np.random.Generator], Injection]


@dataclass(frozen=True, eq=False)
class Subject:
    """One frame to damage and to correct.

    Parameters
    ----------
    name : str
        As it stands in records and reports.
    frame : RawFrame
        The undamaged frame, as a sensor gives it.
    reference : RawFrame, optional
        The same scene without noise. Where there is none (a real frame), the frame is its own
        reference, and figures that take off its noise are given too.
    existing : DefectMap, optional
        Defects that the frame has already: correctors get them with their map, no figure counts them.

    Raises
    ------
    FrameError
        If frame and reference differ in size, CFA or levels.
    """

    name: str
    frame: RawFrame
    reference: RawFrame | None = None
    existing: DefectMap | None = None

    def __post_init__(self) -> None:
        if self.existing is not None:
            self.existing.check_fits(self.frame)
        if self.reference is None:
            return
        mine, theirs = self.frame.meta, self.reference.meta
        if (mine.shape, mine.cfa, mine.levels.black_dn) != (
            theirs.shape,
            theirs.cfa,
            theirs.levels.black_dn,
        ):
            raise FrameError(
                f"The noise-free reference of '{self.name}' must have the frame's size, CFA and black"
                f" level; got {theirs.shape} {theirs.cfa.name} for {mine.shape} {mine.cfa.name}."
            )


@dataclass(frozen=True)
class Input:
    """A subject that is opened when its turn comes, so that a bad file stops nothing else.

    Parameters
    ----------
    name : str
        As it stands in records and reports.
    open : callable
        Returns the `Subject`; what it raises is listed under the failed inputs.
    """

    name: str
    open: Callable[[], Subject]

    @classmethod
    def of(cls, frame: RawFrame, name: str) -> Input:
        """A frame at hand."""
        return cls(name, lambda: Subject(name, frame))

    @classmethod
    def at(cls, path: Path | str, open: Callable[[], Subject]) -> Input:
        """A file, by its absolute path: a name that is the same however the path is written."""
        return cls(os.path.normpath(Path.cwd() / path), open)  # links stay


def damage_label(protocol: str, variant: str) -> str:
    """Protocol and variant, as headings show them."""
    return protocol if variant in ("", protocol) else f"{protocol} · {variant}"


@dataclass(frozen=True)
class Variant:
    """One way to damage a frame.

    Parameters
    ----------
    protocol : str
        Name of the protocol.
    name : str
        Name of the variant of it.
    inject : callable
        (frame, generator) → `Injection`.
    """

    protocol: str
    name: str
    inject: Inject

    def damage(self, frame: RawFrame, seed: int, *draw: str | int) -> Injection:
        """Damage a frame; the draw's name decides what is drawn."""
        return self.inject(frame, child_rng(seed, self.protocol, self.name, *draw))
