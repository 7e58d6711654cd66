"""Where crops are cut: seeded, inside the active area, apart from each other where there is room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.frame import Area, RawFrame
from isp.metrics.encoding import saturated

TRIES = 40
MAX_SATURATED = 0.25


def crop_areas(frame: RawFrame, count: int, size: int, rng: np.random.Generator) -> list[Area]:
    """Choose crops.

    Parameters
    ----------
    frame : RawFrame
        The frame to cut from.
    count : int
        Number of crops; 0 asks for the whole active area as the only one.
    size : int
        Side in pixels; less where the active area is smaller.
    rng : Generator
        Decides the places.

    Returns
    -------
    list of Area
        In raw-frame coordinates, starting at the CFA's period. Of up to 40 places drawn for each, the
        first that meets no earlier crop and is not mostly saturated is taken, else the last.
    """
    active = frame.meta.active_area
    if count == 0:
        return [active]
    blown = saturated(frame)
    chosen: list[Area] = []
    for _ in range(count):
        place = _place(frame, active, size, rng)
        for _ in range(TRIES - 1):
            if _apart(place, chosen) and blown[place.slices].mean() <= MAX_SATURATED:
                break
            place = _place(frame, active, size, rng)
        chosen.append(place)
    return chosen


def _place(frame: RawFrame, active: Area, size: int, rng: np.random.Generator) -> Area:
    height, width = min(size, active.height), min(size, active.width)
    rows, cols = frame.cfa.period
    top = _start(active.top, active.bottom - height, rows, rng)
    left = _start(active.left, active.right - width, cols, rng)
    return Area(top, left, height, width)


def _start(low: int, high: int, period: int, rng: np.random.Generator) -> int:
    """A multiple of the period in [low, high], or low where there is none."""
    first, last = -(-low // period), high // period
    return int(rng.integers(first, last + 1)) * period if last >= first else low


def _apart(area: Area, others: list[Area]) -> bool:
    return not any(overlap(area, other) for other in others)


def overlap(a: Area, b: Area) -> bool:
    """Whether two areas share a pixel."""
    return a.top < b.bottom and b.top < a.bottom and a.left < b.right and b.left < a.right


def separate(areas: list[Area]) -> list[int]:
    """Numbers of the areas that can be laid into one frame: each apart from those before it."""
    kept: list[int] = []
    for index, area in enumerate(areas):
        if _apart(area, [areas[k] for k in kept]):
            kept.append(index)
    return kept


def pasted(frame: RawFrame, parts: list[tuple[Area, NDArray[np.generic]]], step: str) -> RawFrame:
    """The frame with other mosaics laid over the given areas."""
    mosaic = frame.mosaic.copy()
    for area, part in parts:
        mosaic[area.slices] = part
    return frame.with_mosaic(mosaic, step)
