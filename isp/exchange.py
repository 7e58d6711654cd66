"""What passes between stages beside frames, maps and repairs."""

from __future__ import annotations

from dataclasses import dataclass

from isp.defects import DefectMap
from isp.errors import FrameError
from isp.frame import RawFrame


@dataclass(frozen=True, eq=False)
class Injection:
    """A damaged frame and the truth about its damage."""

    frame: RawFrame
    truth: DefectMap


@dataclass(frozen=True, eq=False)
class FrameSet:
    """Frames of one sensor, by what they show: what a detector goes by.

    Raises
    ------
    FrameError
        If there is no frame, or the frames differ in size, active area or CFA.
    """

    scene: tuple[RawFrame, ...] = ()
    dark: tuple[RawFrame, ...] = ()
    flat: tuple[RawFrame, ...] = ()

    def __post_init__(self) -> None:
        frames = self.all
        if not frames:
            raise FrameError("A detector needs at least one frame: a scene, a dark or a flat.")
        geometry = {(f.shape, f.meta.active_area, f.cfa) for f in frames}
        if len(geometry) > 1:
            shapes = ", ".join(sorted(f"{s[0]}×{s[1]} {c.name}" for s, _, c in geometry))
            raise FrameError(f"The frames of a detection must be of one sensor; got {shapes}.")

    @property
    def all(self) -> tuple[RawFrame, ...]:
        """Every frame, whatever it shows."""
        return (*self.scene, *self.dark, *self.flat)

    @property
    def first(self) -> RawFrame:
        """A frame that has the geometry of all."""
        return self.all[0]
