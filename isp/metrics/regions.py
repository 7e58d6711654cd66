"""Where figures are taken: clusters of a truth map, their boxes and the rings round them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.errors import FrameError
from isp.frame import Area

BOX_SIDE_PX: Final = 7  # the window of SSIM
RING_WIDTH_PX: Final = 4


@dataclass(frozen=True, eq=False)
class Cluster:
    """One group of defect pixels.

    Parameters
    ----------
    entries : int array
        Indices into the map.
    box : Area
        Bounding box of the pixels.
    kind : str
        Label of the most common `DefectKind`.
    size : str
        Height × width of the bounding box, ``8x8``.
    density : str
        Share of the box's pixels that are bad, to the nearest quarter, ``0.50``.
    """

    entries: NDArray[np.intp]
    box: Area
    kind: str
    size: str
    density: str


def clusters_of(truth: DefectMap) -> list[Cluster]:
    """The clusters of a map, in the order of their first pixels.

    Pixels share a cluster where the map says so; pixels that it assigns to none stand alone.
    """
    if len(truth) == 0:
        return []
    alone = truth.cluster < 0
    label = truth.cluster.astype(np.int64)
    label[alone] = int(label.max()) + 1 + np.arange(int(alone.sum()))
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [_cluster(truth, entries) for entries in sorted(groups, key=lambda group: int(group[0]))]


def _cluster(truth: DefectMap, entries: NDArray[np.intp]) -> Cluster:
    rows, cols = truth.rows[entries], truth.cols[entries]
    top, left = int(rows.min()), int(cols.min())
    box = Area(top, left, int(rows.max()) - top + 1, int(cols.max()) - left + 1)
    density = round(4 * len(entries) / (box.height * box.width)) / 4
    kind = DefectKind(int(np.bincount(truth.kind[entries]).argmax())).label
    return Cluster(entries, box, kind, f"{box.height}x{box.width}", f"{density:.2f}")


def grown(box: Area, shape: tuple[int, int], side: int = BOX_SIDE_PX) -> Area:
    """A box grown about its middle to at least ``side`` × ``side``, moved inside the frame.

    Raises
    ------
    FrameError
        If the frame is smaller than that.
    """
    if min(shape) < side:
        raise FrameError(
            f"Figures on defect areas need frames of at least {side}×{side} pixels; got"
            f" {shape[0]}×{shape[1]}."
        )
    top, height = _grown(box.top, box.height, shape[0], side)
    left, width = _grown(box.left, box.width, shape[1], side)
    return Area(top, left, height, width)


def _grown(start: int, length: int, limit: int, side: int) -> tuple[int, int]:
    missing = max(side - length, 0)
    return int(np.clip(start - missing // 2, 0, limit - length - missing)), length + missing


def area_mask(boxes: list[Area], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The union of boxes as a bool array (H, W)."""
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[box.slices] = True
    return mask


def ring_mask(defects: NDArray[np.bool_], width: int = RING_WIDTH_PX) -> NDArray[np.bool_]:
    """The good pixels within ``width`` pixels (in rows and columns) of a bad one, bool (H, W).

    Good pixels inside a cluster that is not dense belong to it.
    """
    from scipy import ndimage

    near: NDArray[np.bool_] = ndimage.maximum_filter(defects, 2 * width + 1, mode="constant")
    return near & ~defects
