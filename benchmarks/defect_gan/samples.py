"""Damaged pictures to measure on: algorithm 4 on photographs and faces, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from isp.frame import Area
from isp.metrics.regions import grown
from stages.learned.defectgan.defects import Defects, Mode, draw_defects
from stages.learned.training.draws import start

SIDE_PX = 256
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

Picture = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture, what became of it, and where.

    Parameters
    ----------
    image : str
        The file it comes from.
    clean, damaged : float32 arrays of shape (256, 256, 3)
        sRGB-encoded, 0 to 1, in steps of 8 bits.
    marked : bool array of shape (256, 256)
        The damaged pixels: what a defect map holds.
    boxes : list of Area
        The squares, at least 7×7: the defect areas.
    """

    image: str
    clean: Picture
    damaged: Picture
    marked: NDArray[np.bool_]
    boxes: list[Area]


def photographs(folder: Path, mode: Mode, count: int, most: int | None = None) -> list[Sample]:
    """Samples of photographs: ``count`` seeded crops of each."""
    found = []
    for number, path in enumerate(_files(folder)[:most]):
        picture = _read(path)
        rng = np.random.default_rng((20, number))
        for draw in range(count):
            top, left = (int(rng.integers(0, side - SIDE_PX + 1)) for side in picture.shape[:2])
            crop = picture[top : top + SIDE_PX, left : left + SIDE_PX]
            found.append(_damaged(path.stem, crop, mode, 1000 * number + draw))
    return found


def faces(folder: Path, mode: Mode, count: int, most: int | None = None) -> list[Sample]:
    """Samples of portraits, each whole and reduced to 256×256, damaged ``count`` times."""
    found = []
    for number, path in enumerate(_files(folder)[:most]):
        picture = _read(path)
        side = min(picture.shape[:2])
        top, left = ((length - side) // 2 for length in picture.shape[:2])
        whole = picture[top : top + side, left : left + side]
        small = cv2.resize(whole, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        found += [_damaged(path.stem, small, mode, 1000 * number + k) for k in range(count)]
    return found


SETS = {"photographs": photographs, "faces": faces}
Set = Literal["photographs", "faces"]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _read(path: Path) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise SystemExit(f"'{path}' cannot be read as a picture.")
    return np.asarray(pixels[..., ::-1])


def _damaged(image: str, pixels: NDArray[np.uint8], mode: Mode, seed: int) -> Sample:
    clean = np.ascontiguousarray(pixels, np.float32) / np.float32(255)
    damaged, area = clean.copy(), np.zeros(clean.shape[:2], np.uint8)
    state = np.empty(1, np.uint64)
    start(state, 1 << 41, seed)
    draw_defects(damaged, area, Defects.of(mode).parameters(), state)
    damaged = np.rint(damaged * 255).astype(np.float32) / np.float32(255)
    return Sample(image, clean, damaged, (damaged != clean).any(axis=-1), boxes_of(area))


def boxes_of(area: NDArray[np.uint8]) -> list[Area]:
    """Boxes of the marked squares, at least 7×7; squares that touch are one."""
    from scipy.ndimage import find_objects, label

    shape = (area.shape[0], area.shape[1])
    parts = [part for part in find_objects(label(area)[0]) if part is not None]
    return [
        grown(Area(y.start, x.start, y.stop - y.start, x.stop - x.start), shape) for y, x in parts
    ]
