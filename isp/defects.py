"""Defect maps: which pixels of a sensor are bad, how, how badly, and which belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isp.cfa import Cfa
from isp.errors import MapError
from isp.frame import Area, RawFrame


class DefectKind(IntEnum):
    """What is wrong with a pixel (vocabulary of the field, see the README of this folder)."""

    UNKNOWN = 0
    HOT = 1
    WARM = 2
    STUCK_HIGH = 3
    STUCK_LOW = 4
    DEAD = 5
    PARTIALLY_STUCK = 6
    LOW_RESPONSE = 7
    HIGH_RESPONSE = 8
    NOISY = 9
    BLINKING = 10
    PHASE_DETECT = 11
    ROW = 12
    COLUMN = 13
    STUCK = 14

    @property
    def label(self) -> str:
        """The kind as it stands in files and reports: ``stuck_high``."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> DefectKind:
        """The kind of a label; raises `MapError` for an unknown one."""
        try:
            return cls[label.strip().upper().replace("-", "_").replace(" ", "_")]
        except KeyError:
            known = ", ".join(kind.label for kind in cls)
            raise MapError(f"Unknown defect kind '{label}'; known are {known}.") from None


def _column(values: ArrayLike | None, count: int, fill: float, dtype: Any) -> NDArray[Any]:
    array = np.full(count, fill, dtype) if values is None else np.asarray(values, dtype)
    if array.ndim == 0:
        array = np.full(count, array, dtype)
    if array.shape != (count,):
        raise MapError(f"A defect map's columns must be of one length {count}; got {array.shape}.")
    return array


def _check_inside(rows: NDArray[np.int64], cols: NDArray[np.int64], shape: tuple[int, int]) -> None:
    outside = (rows < 0) | (rows >= shape[0]) | (cols < 0) | (cols >= shape[1])
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise MapError(
            f"{int(outside.sum())} of {len(rows)} defects lie outside the frame of"
            f" {shape[0]}×{shape[1]}, the first at row {rows[first]}, column {cols[first]}."
        )


@dataclass(frozen=True, eq=False)
class DefectMap:
    """Marked pixels of one sensor in raw-frame coordinates; sorted by row, then column, unique.

    Build one with `DefectMap.of` (sorts, checks) or `DefectMap.from_mask`.

    Parameters
    ----------
    rows, cols : int32 arrays of shape (N,)
        0-based, from the top-left of the raw frame.
    kind : uint8 array of shape (N,)
        `DefectKind` codes.
    severity_dn : float32 array of shape (N,)
        Largest deviation in DN where known, else NaN.
    cluster : int32 array of shape (N,)
        Number of the cluster a pixel belongs to, -1 where not assigned.
    shape : (int, int)
        Height and width of the raw frame.
    active_area : Area
        Active area of that frame.
    cfa : Cfa or None
        Its colour filter array; None where the source did not say.
    source : str
        Where the map comes from: a file, an injector, a detector and the rule that it used.
    """

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    kind: NDArray[np.uint8]
    severity_dn: NDArray[np.float32]
    cluster: NDArray[np.int32]
    shape: tuple[int, int]
    active_area: Area
    cfa: Cfa | None
    source: str = ""

    @classmethod
    def of(
        cls,
        rows: ArrayLike,
        cols: ArrayLike,
        shape: tuple[int, int],
        *,
        kind: ArrayLike | None = None,
        severity_dn: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        active_area: Area | None = None,
        cfa: Cfa | None = None,
        source: str = "",
    ) -> DefectMap:
        """Build a map from columns in any order; of pixels given twice the most severe stays.

        Raises
        ------
        MapError
            If a column's length differs or a pixel lies outside the frame.
        """
        r = np.asarray(rows, np.int64).reshape(-1)
        c = np.asarray(cols, np.int64).reshape(-1)
        count = len(r)
        if len(c) != count:
            raise MapError(f"A defect map needs as many columns as rows; got {count} and {len(c)}.")
        _check_inside(r, c, shape)
        severity = _column(severity_dn, count, np.nan, np.float32)
        rank = -np.nan_to_num(np.abs(severity), nan=-1.0)
        order = np.lexsort((rank, c, r))
        flat = r[order] * shape[1] + c[order]
        keep = order[np.concatenate(([True], flat[1:] != flat[:-1]))] if count else order
        area = active_area or Area(0, 0, *shape)
        columns = (
            r.astype(np.int32)[keep],
            c.astype(np.int32)[keep],
            _column(kind, count, 0, np.uint8)[keep],
            severity[keep],
            _column(cluster, count, -1, np.int32)[keep],
        )
        for column in columns:
            column.setflags(write=False)
        return cls(*columns, shape, area, cfa, source)

    @classmethod
    def from_mask(cls, mask: NDArray[Any], **fields: Any) -> DefectMap:
        """Build a map from an (H, W) array in which 0 is good (other values: bad)."""
        if mask.ndim != 2:
            raise MapError(f"A mask has two dimensions; got an array of shape {mask.shape}.")
        rows, cols = np.nonzero(mask)
        return cls.of(rows, cols, (mask.shape[0], mask.shape[1]), **fields)

    @classmethod
    def empty(cls, frame: RawFrame, source: str = "") -> DefectMap:
        """A map of a frame without defects."""
        return cls.for_frame([], [], frame, source=source)

    @classmethod
    def for_frame(
        cls, rows: ArrayLike, cols: ArrayLike, frame: RawFrame, **fields: Any
    ) -> DefectMap:
        """Build a map with the geometry of a frame."""
        area, cfa = frame.meta.active_area, frame.cfa
        return cls.of(rows, cols, frame.shape, active_area=area, cfa=cfa, **fields)

    def __len__(self) -> int:
        return len(self.rows)

    def mask(self) -> NDArray[np.bool_]:
        """The map as a bool array (H, W), True where bad."""
        mask = np.zeros(self.shape, np.bool_)
        mask[self.rows, self.cols] = True
        return mask

    def select(self, chosen: NDArray[Any]) -> DefectMap:
        """The map of the chosen entries (bool or index array)."""
        return replace(
            self,
            rows=self.rows[chosen],
            cols=self.cols[chosen],
            kind=self.kind[chosen],
            severity_dn=self.severity_dn[chosen],
            cluster=self.cluster[chosen],
        )

    def check_fits(self, frame: RawFrame) -> None:
        """Refuse a frame of another sensor.

        Raises
        ------
        MapError
            If size, active area or CFA differ.
        """
        mine: tuple[object, ...] = (self.shape, self.active_area)
        theirs: tuple[object, ...] = (frame.shape, frame.meta.active_area)
        if mine != theirs or (self.cfa is not None and self.cfa != frame.cfa):
            cfa = self.cfa.name if self.cfa is not None else "any CFA"
            raise MapError(
                f"The defect map ({self.source or 'given'}) is for a frame of"
                f" {self.shape[0]}×{self.shape[1]} {cfa} with {self.active_area}; this frame is"
                f" {frame.shape[0]}×{frame.shape[1]} {frame.cfa.name} with"
                f" {frame.meta.active_area}. Use the map of this sensor, or convert it with"
                " 'isp map convert'."
            )

    def labelled(self) -> DefectMap:
        """The map with clusters numbered anew: 8-connected groups, in reading order."""
        from scipy import ndimage

        labels, _ = ndimage.label(self.mask(), structure=np.ones((3, 3)))
        return replace(self, cluster=(labels[self.rows, self.cols] - 1).astype(np.int32))

    def cluster_sizes(self) -> NDArray[np.int64]:
        """Number of pixels of the cluster each entry belongs to (1 where not assigned), (N,)."""
        sizes = np.ones(len(self), np.int64)
        assigned = self.cluster >= 0
        if assigned.any():
            sizes[assigned] = np.bincount(self.cluster[assigned])[self.cluster[assigned]]
        return sizes

    def inside(self, area: Area) -> NDArray[np.bool_]:
        """Whether each entry lies in an area of the frame, (N,)."""
        rows, cols = self.rows, self.cols
        down = (rows >= area.top) & (rows < area.bottom)
        return np.asarray(down & (cols >= area.left) & (cols < area.right))

    def crop(self, area: Area) -> DefectMap:
        """The entries inside a crop of the frame, in the crop's coordinates."""
        chosen = self.select(self.inside(area))
        return replace(
            chosen,
            rows=(chosen.rows - area.top).astype(np.int32),
            cols=(chosen.cols - area.left).astype(np.int32),
            shape=(area.height, area.width),
            active_area=Area(0, 0, area.height, area.width),
            cfa=self.cfa.shifted(area.top, area.left) if self.cfa is not None else None,
        )

    @property
    def _named(self) -> str:
        """Source and geometry, for messages."""
        cfa = self.cfa.name if self.cfa is not None else "any CFA"
        return f"'{self.source}' ({self.shape[0]}×{self.shape[1]} {cfa}, {self.active_area})"

    def check_same_frame(self, other: DefectMap) -> None:
        """Refuse a map of another sensor; one that does not know its CFA goes with any.

        Raises
        ------
        MapError
            If size, active area or CFA differ.
        """
        clash = None not in (self.cfa, other.cfa) and self.cfa != other.cfa
        if clash or (self.shape, self.active_area) != (other.shape, other.active_area):
            raise MapError(
                f"The maps {self._named} and {other._named} are of different frames and cannot be"
                " merged."
            )

    def united(self, others: Iterable[DefectMap]) -> DefectMap:
        """The union with other maps of the same frame; clusters keep apart.

        Raises
        ------
        MapError
            If a map is of another frame.
        """
        maps = [self, *others]
        for other in maps[1:]:
            self.check_same_frame(other)
        clusters, start = [], 0
        for one in maps:
            clusters.append(np.where(one.cluster >= 0, one.cluster + start, -1))
            start += int(one.cluster.max(initial=-1)) + 1
        return DefectMap.of(
            np.concatenate([m.rows for m in maps]),
            np.concatenate([m.cols for m in maps]),
            self.shape,
            kind=np.concatenate([m.kind for m in maps]),
            severity_dn=np.concatenate([m.severity_dn for m in maps]),
            cluster=np.concatenate(clusters),
            active_area=self.active_area,
            cfa=self.cfa,
            source=" + ".join(dict.fromkeys(m.source for m in maps if m.source)),
        )
