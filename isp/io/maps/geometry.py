"""The frame that a defect map is for: size, active area, CFA."""

from __future__ import annotations

from dataclasses import dataclass

from isp.cfa import Cfa
from isp.defects import DefectMap
from isp.errors import MapError
from isp.frame import Area, RawFrame


@dataclass(frozen=True)
class Geometry:
    """Size, active area and CFA of a raw frame.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the raw frame.
    active_area : Area
        Its active area.
    cfa : Cfa or None
        Its colour filter array, None where unknown.
    """

    shape: tuple[int, int]
    active_area: Area
    cfa: Cfa | None

    @classmethod
    def of(cls, frame: RawFrame | DefectMap | Geometry | None) -> Geometry | None:
        """The geometry of a frame or of another map of the same sensor."""
        if frame is None or isinstance(frame, Geometry):
            return frame
        area = frame.meta.active_area if isinstance(frame, RawFrame) else frame.active_area
        return cls(frame.shape, area, frame.cfa)

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Geometry:
        """A frame of which only the size is known."""
        return cls(shape, Area(0, 0, *shape), None)

    def check(self, other: Geometry, source: str) -> None:
        """Refuse a map of another frame.

        Raises
        ------
        MapError
            If size, active area or CFA differ from those of ``other``, which ``source`` says.
        """
        cfa_differs = None not in (self.cfa, other.cfa) and self.cfa != other.cfa
        if (self.shape, self.active_area) != (other.shape, other.active_area) or cfa_differs:
            raise MapError(
                f"'{source}' is for a frame of {other.describe()}; the frame given is"
                f" {self.describe()}. Use the map of this sensor."
            )

    def describe(self) -> str:
        """The geometry in words."""
        area = self.active_area
        cfa = self.cfa.name if self.cfa is not None else "unknown CFA"
        return (
            f"{self.shape[0]}×{self.shape[1]} ({cfa}, active area {area.height}×{area.width} at row"
            f" {area.top}, column {area.left})"
        )
