"""A defect map drawn over a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.errors import FileError, MapError
from isp.files import atomic
from isp.frame import RawFrame, RgbFrame

_COLOURS: Final[dict[DefectKind, tuple[int, int, int]]] = {
    DefectKind.UNKNOWN: (255, 0, 255),
    DefectKind.HOT: (255, 40, 40),
    DefectKind.WARM: (255, 150, 40),
    DefectKind.STUCK_HIGH: (255, 255, 0),
    DefectKind.STUCK: (255, 255, 0),
    DefectKind.STUCK_LOW: (60, 120, 255),
    DefectKind.DEAD: (60, 120, 255),
    DefectKind.PHASE_DETECT: (0, 220, 120),
    DefectKind.ROW: (0, 230, 230),
    DefectKind.COLUMN: (0, 230, 230),
}
_OTHER_COLOUR: Final = (190, 130, 255)
_GREY_GAMMA: Final = 1 / 2.2


def drawn(
    defects: DefectMap, frame: RawFrame | RgbFrame | None = None, *, ring: int = 3
) -> NDArray[np.uint8]:
    """The map over a picture: each defect in the colour of its kind with a ring round it.

    Parameters
    ----------
    defects : DefectMap
        What to draw.
    frame : RawFrame or RgbFrame, optional
        What to draw it on: a mosaic as grey, a developed picture as it is, else dark grey.
    ring : int
        Distance in pixels of the ring from the defect, 0 for none.

    Returns
    -------
    uint8 array of shape (H, W, 3)
        sRGB R, G, B of the raw frame.

    Raises
    ------
    MapError
        If the map is of another frame.
    """
    if frame is not None and frame.shape != defects.shape:
        raise MapError(
            f"The map is for a frame of {defects.shape[0]}×{defects.shape[1]}, the picture is"
            f" {frame.shape[0]}×{frame.shape[1]}."
        )
    picture = _background(defects.shape, frame)
    palette = np.full((256, 3), _OTHER_COLOUR, np.uint8)
    for kind, colour in _COLOURS.items():
        palette[int(kind)] = colour
    colours = palette[defects.kind]
    for row, col in _ring_offsets(ring):
        _paint(picture, defects.rows + row, defects.cols + col, colours // 2)
    _paint(picture, defects.rows, defects.cols, colours)
    return picture


def save_drawn(
    path: Path | str,
    defects: DefectMap,
    frame: RawFrame | RgbFrame | None = None,
    *,
    force: bool = False,
) -> None:
    """Write the map over a picture as PNG (see `drawn`).

    Raises
    ------
    FileError
        If the suffix is not ``.png``, or the file is there.
    MapError
        If the map is of another frame.
    """
    from isp.io.pictures import write_png

    if Path(path).suffix.lower() != ".png":
        raise FileError(
            f"'{path}' has no suffix that names a format for a map's picture; use .png."
        )
    picture = drawn(defects, frame)
    with atomic(path, force=force) as temporary:
        write_png(temporary, picture)


def _background(shape: tuple[int, int], frame: RawFrame | RgbFrame | None) -> NDArray[np.uint8]:
    if frame is None:
        return np.full((*shape, 3), 40, np.uint8)
    if isinstance(frame, RgbFrame):
        pixels = frame.pixels
        scale = 255.0 / np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 255.0
        return np.clip(pixels * np.float32(scale), 0, 255).astype(np.uint8)
    level = frame.normalised()
    top = max(float(np.percentile(level[::4, ::4], 99.5)), 1e-6)
    grey = np.clip(level / np.float32(top), 0, 1) ** np.float32(_GREY_GAMMA)
    return np.repeat((grey * 200).astype(np.uint8)[..., None], 3, axis=2)


def _ring_offsets(ring: int) -> list[tuple[int, int]]:
    if ring < 1:
        return []
    span = range(-ring, ring + 1)
    return [(i, j) for i in span for j in span if max(abs(i), abs(j)) == ring]


def _paint(
    picture: NDArray[np.uint8],
    rows: NDArray[np.integer],
    cols: NDArray[np.integer],
    colours: NDArray[np.uint8],
) -> None:
    inside = (rows >= 0) & (rows < picture.shape[0]) & (cols >= 0) & (cols < picture.shape[1])
    picture[rows[inside], cols[inside]] = colours[inside]
