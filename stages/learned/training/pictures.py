"""Photographs and raw frames in memory as linear light, ready to be cut into windows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isp.cfa import R
from isp.errors import FileError, IspError

log = logging.getLogger(__name__)

LINEAR_MAX = 65535.0
LONG_SIDE = 1400
"""Photographs with a longer side come at half size too: their finest detail is often blur."""

PHOTOGRAPHS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
RAW_FRAMES = (
    *(".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf"),
    *(".orf", ".rw2", ".pef", ".srw", ".fits"),
)

Codes = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Linear pictures laid end to end.

    Parameters
    ----------
    pixels : uint16 array
        65535 is white. Three channels a pixel in a photograph, one in a mosaic that starts at red.
    offset : int64 array of shape (P,)
        First element of each picture.
    height, width, channels : int64 arrays of shape (P,)
        Sizes in pixels; 3 or 1 channels.
    chance : float64 array of shape (P,)
        Cumulative chance of a picture, which goes with the root of its area.
    """

    pixels: Codes
    offset: NDArray[np.int64]
    height: NDArray[np.int64]
    width: NDArray[np.int64]
    channels: NDArray[np.int64]
    chance: NDArray[np.float64]

    @staticmethod
    def of(parts: Sequence[Codes]) -> Pictures:
        """Lay out (H, W, 3) photographs and (H, W, 1) mosaics."""
        shape = np.array([part.shape for part in parts], np.int64).reshape(-1, 3)
        height, width, channels = np.ascontiguousarray(shape.T)
        size = height * width * channels
        weight = np.sqrt(height * width)
        return Pictures(
            np.concatenate([part.reshape(-1) for part in parts]),
            np.concatenate([[0], np.cumsum(size)[:-1]]),
            height,
            width,
            channels,
            np.cumsum(weight / weight.sum()),
        )


def image_files(folder: Path) -> list[Path]:
    """All photographs and raw frames below a folder, sorted.

    Raises
    ------
    FileError
        If the folder is missing or holds none.
    """
    if not folder.is_dir():
        raise FileError(f"'{folder}' is not a folder; give a folder of photographs or raw frames.")
    known = (*PHOTOGRAPHS, *RAW_FRAMES)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known)
    if not files:
        raise FileError(f"'{folder}' holds no photograph or raw frame ({', '.join(known)}).")
    return files


def load_pictures(files: Sequence[Path], least_px: int) -> Pictures:
    """Read files into memory; those that cannot be used are logged and left out.

    Parameters
    ----------
    files : sequence of path
        Photographs and Bayer raw frames.
    least_px : int
        Least height and width.

    Raises
    ------
    FileError
        If none can be used.
    """
    parts = [part for path in files for part in _usable(path, least_px)]
    if not parts:
        raise FileError(f"None of the {len(files)} images can be used for training.")
    return Pictures.of(parts)


def _usable(path: Path, least_px: int) -> list[Codes]:
    try:
        found = _mosaic(path) if path.suffix.lower() in RAW_FRAMES else list(_photograph(path))
    except IspError as error:
        log.warning("left out: %s", error)
        return []
    large = [part for part in found if min(part.shape[:2]) >= least_px]
    if not large:
        log.warning("left out: '%s' has a side of less than %d pixels", path, least_px)
    return large


def _photograph(path: Path) -> Iterator[Codes]:
    """A photograph as linear light, and its halves down to an ordinary size."""
    import cv2

    from isp.io.photograph import read_photograph
    from isp.transfer import srgb_decoded

    light = srgb_decoded(read_photograph(path)).astype(np.float32)
    while True:
        yield np.rint(light * LINEAR_MAX).astype(np.uint16)
        if max(light.shape[:2]) < LONG_SIDE:
            return
        light = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _mosaic(path: Path) -> list[Codes]:
    """A white-balanced Bayer mosaic, cut so that it starts at red."""
    from isp.io.frames import read

    frame = read(path)
    if frame.cfa.family != "bayer":
        raise FileError(f"'{path}' has the CFA {frame.cfa.name}; training takes Bayer frames.")
    area = frame.crop(frame.meta.active_area)
    top, left = area.cfa.first(R)
    gains = area.levels.spread(area.meta.site_gains(), area.shape)
    levels = np.clip(area.normalised() * gains, 0.0, 1.0)[top:, left:]
    rows, cols = (side // 2 * 2 for side in levels.shape)
    return [np.rint(levels[:rows, :cols, None] * LINEAR_MAX).astype(np.uint16)]
