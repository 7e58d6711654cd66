"""Masks of defect shapes at the network's size: drawn by the simulator, or read from a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isp.bound import stage
from isp.cfa import Cfa
from isp.errors import FileError
from stages.learned.shape_vae.network import SIDE

Masks = NDArray[np.float32]

KINDS = ("scratch", "crack", "blob", "impact", "smear")
"""Shape stages that are drawn, in turn; ``blob`` is the paper's pore."""

SUFFIXES = (".png", ".tif", ".tiff", ".bmp")

_STROKE_PX = {"scratch": 2.5, "crack": 2.5, "smear": 3}
_MONO = Cfa.parse("MONO")


def drawn(kinds: Sequence[str], rng: np.random.Generator) -> Masks:
    """One mask of each kind, somewhere on a SIDE×SIDE field.

    Parameters
    ----------
    kinds : sequence of str
        Names of shape stages; a name may come again.
    rng : Generator
        Of shapes, sizes and places.

    Returns
    -------
    float32 array of shape (N, SIDE, SIDE)
        Amplitudes, 0 to 1.
    """
    return np.stack([_drawn(kind, rng) for kind in kinds])


def _drawn(kind: str, rng: np.random.Generator) -> Masks:
    stroke = kind in _STROKE_PX
    size = int(rng.integers(20, SIDE + 1) if stroke else rng.integers(8, 15))
    params = {"width_px": _STROKE_PX[kind]} if stroke else {}
    mask = stage(kind, **params)(rng, (size, size), _MONO)
    field = np.zeros((SIDE, SIDE), np.float32)
    top, left = (int(rng.integers(0, SIDE - length + 1)) for length in mask.shape)
    field[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return field


def read_masks(folder: Path) -> Masks:
    """Masks from the pictures of a folder: bright is defective, scaled to SIDE×SIDE.

    Returns
    -------
    float32 array of shape (N, SIDE, SIDE)
        0 to 1, in the order of the files' names; N is 0 where the folder holds no picture.

    Raises
    ------
    FileError
        If the folder is missing or a picture is all dark.
    """
    import cv2

    from isp.io.photograph import read_photograph

    if not folder.is_dir():
        raise FileError(
            f"'{folder}' is not a folder; give one of masks, or an empty one to have shapes drawn."
        )
    found = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        grey = np.asarray(read_photograph(path), np.float32).mean(-1)
        mask = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        if mask.max() <= 0:
            raise FileError(f"'{path}' is no mask of a defect: all of it is dark.")
        found.append(mask / mask.max())
    return np.asarray(found, np.float32).reshape(-1, SIDE, SIDE)
