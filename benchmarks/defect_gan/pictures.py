"""Pictures for the page: the damaged picture, what everybody makes of it, and the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.defect_gan.contestants import Repairer
from benchmarks.defect_gan.samples import Picture, Sample
from isp.errors import FileError
from isp.files import atomic

WINDOW_PX = 40
ZOOM = 3
BAR_PX = 18


def write_pictures(
    path: Path, samples: Sequence[Sample], repairers: Mapping[str, Repairer]
) -> None:
    """Write a picture: a row for each sample, cut round its first defect, a column for each name."""
    names = [*repairers, "truth"]
    head = np.hstack([_label(name) for name in names])
    rows = [head]
    for sample in samples:
        made = [*(repair(sample) for repair in repairers.values()), sample.clean]
        rows.append(np.hstack([_cut(picture, sample) for picture in made]))
    with atomic(path, force=True) as temporary:
        small = [cv2.IMWRITE_PNG_COMPRESSION, 9]
        if not cv2.imwrite(str(temporary), np.vstack(rows)[..., ::-1], small):
            raise FileError(f"OpenCV cannot write the picture '{path}'; is there room on the disk?")


def _cut(picture: Picture, sample: Sample) -> NDArray[np.uint8]:
    box, limit = sample.boxes[0], picture.shape[0] - WINDOW_PX
    top = int(np.clip(box.top + box.height // 2 - WINDOW_PX // 2, 0, limit))
    left = int(np.clip(box.left + box.width // 2 - WINDOW_PX // 2, 0, limit))
    part = np.rint(picture[top : top + WINDOW_PX, left : left + WINDOW_PX] * 255).astype(np.uint8)
    large = part.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    large[-1], large[:, -1] = 255, 255
    return large


def _label(text: str) -> NDArray[np.uint8]:
    bar = np.full((BAR_PX, WINDOW_PX * ZOOM, 3), 255, np.uint8)
    at, black = (3, BAR_PX - 6), (0, 0, 0)
    cv2.putText(bar, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.32, black, 1, cv2.LINE_AA)
    return bar
