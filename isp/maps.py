"""What one does with defect maps: merge, dilate, cut to a capacity, convert, count.

Dilation and capacity are what sensors' own defect tables do: a table has a fixed number of entries,
so the worst stay (Atmel Camelia and ST VV6501 data sheets state such limits per grade).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import SITE_NAMES, Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import MapError
from isp.frame import Area


def union(maps: Sequence[DefectMap]) -> DefectMap:
    """Pixels that any of the maps marks; the most severe entry of each stays.

    Raises
    ------
    MapError
        If there is no map, or the maps are of different frames.
    """
    _check_same_frame(maps)
    return maps[0].united(maps[1:]).labelled()


def vote(maps: Sequence[DefectMap], least: int) -> DefectMap:
    """Pixels that at least ``least`` of the maps mark.

    Raises
    ------
    MapError
        If ``least`` is not 1 to the number of maps, or the maps are of different frames.
    """
    _check_same_frame(maps)
    if not 1 <= least <= len(maps):
        raise MapError(f"A vote of {least} cannot be had from {len(maps)} maps.")
    count = np.zeros(maps[0].shape, np.uint16)
    for one in maps:
        count[one.rows, one.cols] += 1
    both = maps[0].united(maps[1:])
    chosen = both.select(count[both.rows, both.cols] >= least).labelled()
    return replace(chosen, source=f"{least} of {len(maps)}: {both.source}")


def difference(first: DefectMap, *others: DefectMap) -> DefectMap:
    """Pixels of the first map that none of the others marks.

    Raises
    ------
    MapError
        If the maps are of different frames.
    """
    _check_same_frame((first, *others))
    elsewhere = np.zeros(first.shape, np.bool_)
    for one in others:
        elsewhere[one.rows, one.cols] = True
    return first.select(~elsewhere[first.rows, first.cols]).labelled()


def dilated(defects: DefectMap, pixels: int) -> DefectMap:
    """The map grown by ``pixels`` in all eight directions; new entries are of unknown kind.

    Raises
    ------
    MapError
        If ``pixels`` is negative or above 64.
    """
    from scipy import ndimage

    if not 0 <= pixels <= 64:
        raise MapError(f"A map can be dilated by 0 to 64 pixels; got {pixels}.")
    if pixels == 0:
        return defects
    mask = defects.mask()
    grown = ndimage.binary_dilation(mask, np.ones((3, 3), np.bool_), iterations=pixels)
    rows, cols = np.nonzero(grown & ~mask)
    added = DefectMap.of(
        rows, cols, defects.shape, active_area=defects.active_area, cfa=defects.cfa
    )
    return defects.united([added]).labelled()


def limited(defects: DefectMap, capacity: int) -> DefectMap:
    """The ``capacity`` worst entries, by severity; those of unknown severity go first.

    Raises
    ------
    MapError
        If the capacity is negative.
    """
    if capacity < 0:
        raise MapError(f"A defect table's capacity is 0 or more entries; got {capacity}.")
    severity = np.nan_to_num(np.abs(defects.severity_dn), nan=-1.0)
    worst = np.argsort(-severity, kind="stable")[:capacity]
    return defects.select(np.sort(worst))


@dataclass(frozen=True)
class TableLimits:
    """What a sensor's defect table does to a map: grown first, since a table holds all that is replaced.

    Parameters
    ----------
    capacity : int, optional
        Entries that fit; the worst stay. All where not given.
    dilate_px : int
        Pixels that the map is grown by, 0 to 64.
    """

    capacity: int | None = None
    dilate_px: int = 0

    def of(self, defects: DefectMap) -> DefectMap:
        """The map as the table holds it. Raises `MapError` where a number is out of range."""
        grown = dilated(defects, self.dilate_px)
        return grown if self.capacity is None else limited(grown, self.capacity)


def to_active_area(defects: DefectMap) -> DefectMap:
    """The map of the active area as a frame of its own; entries in the border are left out."""
    return defects.crop(defects.active_area)


def to_raw_frame(
    defects: DefectMap, shape: tuple[int, int], active_area: Area, cfa: Cfa | None = None
) -> DefectMap:
    """The map of an active area laid into its raw frame: the inverse of `to_active_area`.

    Raises
    ------
    MapError
        If the map's size is not that of the active area, or the area lies outside the frame.
    """
    size = (active_area.height, active_area.width)
    if defects.shape != size or not active_area.inside(shape):
        raise MapError(
            f"A map of {defects.shape[0]}×{defects.shape[1]} cannot be laid into {active_area} of a"
            f" raw frame of {shape[0]}×{shape[1]}."
        )
    if cfa is None and defects.cfa is not None:
        cfa = defects.cfa.shifted(-active_area.top, -active_area.left)
    return replace(
        defects,
        rows=(defects.rows + active_area.top).astype(np.int32),
        cols=(defects.cols + active_area.left).astype(np.int32),
        shape=shape,
        active_area=active_area,
        cfa=cfa,
    )


@dataclass(frozen=True)
class MapSummary:
    """Counts of a map.

    Parameters
    ----------
    defects : int
        Marked pixels.
    ppm : float
        Of a million pixels of the raw frame.
    kinds : dict
        Count by kind, the most frequent first.
    clusters : dict
        Number of 8-connected clusters by their size in pixels.
    sites : dict
        Count by CFA site (R, Gr, B, Gb, mono); empty where the CFA is unknown.
    in_border : int
        Entries outside the active area.
    worst_dn : float or None
        Largest severity in DN, where known.
    """

    defects: int
    ppm: float
    kinds: dict[str, int]
    clusters: dict[int, int]
    sites: dict[str, int]
    in_border: int
    worst_dn: float | None


def summary(defects: DefectMap) -> MapSummary:
    """Count a map by kind, cluster size and CFA site."""
    sizes = defects.labelled().cluster_sizes()
    pixels_by_size = _counted(sizes)
    severity = np.abs(defects.severity_dn)
    known = severity[np.isfinite(severity)]
    sites = {}
    if defects.cfa is not None:
        found = _counted(defects.cfa.sites_at(defects.rows, defects.cols))
        sites = {SITE_NAMES[site]: count for site, count in found.items()}
    kinds = sorted(_counted(defects.kind).items(), key=lambda item: -item[1])
    return MapSummary(
        defects=len(defects),
        ppm=1e6 * len(defects) / (defects.shape[0] * defects.shape[1]),
        kinds={DefectKind(kind).label: count for kind, count in kinds},
        clusters={size: pixels // size for size, pixels in pixels_by_size.items()},
        sites=sites,
        in_border=len(defects) - len(to_active_area(defects)),
        worst_dn=float(known.max()) if known.size else None,
    )


def _counted(values: NDArray[Any]) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _check_same_frame(maps: Sequence[DefectMap]) -> None:
    if not maps:
        raise MapError("There is no map to merge; give at least one.")
    for one in maps[1:]:
        maps[0].check_same_frame(one)
