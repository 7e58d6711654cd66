"""Frequency-selective reconstruction of marked pixels on the mosaic itself.

Each tile of marked pixels is filled from a sparse Fourier model of its window. A colour filter array only
moves the colours to carrier frequencies, so one model of the whole mosaic serves all colours and any
pattern, and sees the scene at full sampling (Schöberl, Seiler, Bloss, Foessel, Kaup, "Sparsity-based
defect pixel compensation for arbitrary camera raw images", ICASSP 2011).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.threads import share, thread_budget
from stages.kernels.encoded_boxes import decode_entries, encode_boxes
from stages.kernels.encoding import Encoding
from stages.kernels.fsr_windows import Settings, fill_groups
from stages.kernels.regions import Region, regions
from stages.kernels.sparse_spectrum import work_for
from stages.kernels.tiles import Tiles, tiles

TILE_PX = 8
GROUP_GAP_PX = 2
# Both are multiples of the periods 2, 4 and 6: the carriers of Bayer, quad and X-Trans lie on the grid.
SMALL_SIZE, SIZE = 24, 48
SMALL_SPAN_PX = 4
REACH_PX = SIZE // 2
_CHUNKS_PER_THREAD = 8


@lru_cache(maxsize=8)
def _falloff(decay: float) -> NDArray[np.float32]:
    """``decay`` to the power of a distance, by the square of twice the distance (a whole number)."""
    return np.asarray(decay ** (0.5 * np.sqrt(np.arange(2 * (2 * SIZE) ** 2))), np.float32)


def _chunks(work: Tiles, chosen: NDArray[np.int64], parts: int) -> list[NDArray[np.int64]]:
    """The chosen groups in parts of about as many tiles each."""
    tile_count = np.cumsum(np.diff(work.group_start)[chosen])
    bounds = np.searchsorted(tile_count, np.arange(1, parts) * tile_count[-1] / parts)
    return [part for part in np.split(chosen, bounds) if len(part)]


def fsr_tiles(defects: DefectMap) -> Tiles:
    """The tiles that `fsr_batch` works through; no tile looks further than ``REACH_PX``."""
    return tiles(defects, TILE_PX, GROUP_GAP_PX)


def fsr_batch(
    values: NDArray[np.float32],
    unusable: NDArray[np.bool_],
    defects: DefectMap,
    cfa: Cfa,
    work: Tiles,
    settings: Settings | None = None,
) -> NDArray[np.bool_]:
    """Fill the marked pixels of a mosaic in place, group by group on all threads of the budget.

    Parameters
    ----------
    values : float32 array of shape (H, W)
        Mosaic, best variance-stabilised and white-balanced, roughly in [0, 1]; finite where not
        ``unusable``. Marked pixels receive their values.
    unusable : bool array of shape (H, W)
        True for all marked pixels and for whatever else must not be looked at.
    defects : DefectMap
        The pixels to fill; all of them are unusable.
    cfa : Cfa
        Any pattern; ``MONO`` for a plane of one colour.
    work : Tiles
        See `fsr_tiles`.
    settings : Settings, optional
        The tuned defaults where not given.

    Returns
    -------
    bool array of shape (N,)
        Whether each marked pixel could be filled: not where its colour has no good pixel in reach.

    Notes
    -----
    The result does not depend on the number of threads: groups use good pixels and their own.
    """
    done = np.zeros(len(defects), np.bool_)
    if len(defects) == 0:
        return done
    settings = settings or Settings()
    owner = np.zeros(values.shape, np.int32)
    pattern = np.asarray(cfa.pattern, np.uint8)
    falloff = _falloff(settings.decay)
    threads = thread_budget()

    def fill(job: tuple[int, NDArray[np.int64]]) -> None:
        size, groups = job
        fill_groups(
            values, unusable, owner, pattern, defects.rows, defects.cols, groups, work.order,
            work.start, work.box, work.group_start, falloff, settings, work_for(size), done,
        )  # fmt: skip

    small = work.spans <= SMALL_SPAN_PX
    jobs: list[tuple[int, NDArray[np.int64]]] = []
    for size, members in ((SIZE, np.flatnonzero(~small)), (SMALL_SIZE, np.flatnonzero(small))):
        if len(members):
            jobs += [(size, part) for part in _chunks(work, members, _CHUNKS_PER_THREAD * threads)]
    share(fill, jobs, threads)
    return done


def fsr_values(
    frame: RawFrame, defects: DefectMap, settings: Settings, encoding: Encoding
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Fill a frame's marked pixels on an encoding curve.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    settings : Settings
        Of the reconstruction.
    encoding : str
        Curve that white-balanced values are filled on.

    Returns
    -------
    values : float32 array of shape (N,)
        DN in the frame's own domain.
    done : bool array of shape (N,)
        Whether each marked pixel could be filled.
    """
    values = np.zeros(len(defects), np.float32)
    done = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        values[region.entries], done[region.entries] = _fill(frame, region, settings, encoding)
    return values, done


def _fill(
    frame: RawFrame, region: Region, settings: Settings, encoding: Encoding
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """DN of a region's marked pixels, and which of them could be filled."""
    defects = region.defects
    work = fsr_tiles(defects)
    boxes = work.grown(REACH_PX)
    values = encode_boxes(frame.mosaic, region.unusable, boxes, frame.meta, encoding)
    done = fsr_batch(values, region.unusable, defects, frame.cfa, work, settings)
    return decode_entries(values, defects.rows, defects.cols, frame.meta, encoding), done


def fsr_fill(
    values: NDArray[np.float32],
    bad: NDArray[Any],
    cfa: Cfa | None = None,
    settings: Settings | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Fill the bad pixels of one array.

    Parameters
    ----------
    values : float32 array of shape (h, w)
        A mosaic or, without ``cfa``, a plane of one colour; any finite values in bad pixels.
    bad : bool array of shape (h, w)
        True (or not 0) where bad.
    cfa : Cfa, optional
        Pattern from the array's top-left.
    settings : Settings, optional
        The tuned defaults where not given.

    Returns
    -------
    filled : float32 array of shape (h, w)
        Good pixels as they were; bad ones that cannot be filled too.
    repaired : bool array of shape (h, w)
        True for the bad pixels that were filled.
    """
    mask = np.asarray(bad) != 0
    filled = np.array(values, np.float32, order="C")
    repaired = np.zeros(mask.shape, np.bool_)
    defects = DefectMap.from_mask(mask)
    cfa = cfa or Cfa.parse("MONO")
    repaired[mask] = fsr_batch(filled, mask, defects, cfa, fsr_tiles(defects), settings)
    return filled, repaired
