"""Frames with clusters of known size and kind on a grid, from photographs, clean and noisy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isp.defects import DefectKind, DefectMap
from isp.frame import Area, RawFrame
from isp.io.photograph import read_photograph
from isp.photograph import plain, unprocessed
from isp.registry import load_sensor
from isp.seeds import child_rng

SIZES = (1, 2, 4, 8, 12)
KINDS = {"hot": DefectKind.HOT, "dead": DefectKind.DEAD, "faint": DefectKind.LOW_RESPONSE}
SIGNALS = ("clean", "noisy")
GAIN = 4.0
CROP_PX, GRID_PX, BORDER_PX = 256, 48, 20
FAINT = (0.05, 0.20)
HOT_FROM = 0.75
"""Of the range, where a hot pixel begins; a dead one has at most as little as the noise of black."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A crop of one photograph, whole and damaged by each kind.

    Parameters
    ----------
    name, signal : str
        Of the photograph; ``clean`` or ``noisy``.
    whole : RawFrame
        Without defects.
    damaged : dict of str to (RawFrame, DefectMap)
        By kind; the truth has one cluster a square.
    """

    name: str
    signal: str
    whole: RawFrame
    damaged: dict[str, tuple[RawFrame, DefectMap]]


def shots(files: list[Path], sensor: str) -> Iterator[Shot]:
    """Every photograph twice: inverse sRGB without noise, and as a sensor would have taken it."""
    camera = load_sensor(sensor)
    for path in files:
        picture = read_photograph(path)
        for signal in SIGNALS:
            rng = child_rng(7, path.name, signal)
            if signal == "clean":
                frame = plain(picture)[0]
            else:
                frame = unprocessed(picture, rng, camera, gain=GAIN)[0]
            whole = frame.crop(_crop(frame.shape))
            yield Shot(path.stem, signal, whole, {k: damage(whole, k, rng) for k in KINDS})


def _crop(shape: tuple[int, int]) -> Area:
    """The middle of a frame, from an even row and column."""
    top, left = ((length - CROP_PX) // 4 * 2 for length in shape)
    return Area(top, left, CROP_PX, CROP_PX)


def damage(whole: RawFrame, kind: str, rng: np.random.Generator) -> tuple[RawFrame, DefectMap]:
    """Squares of every size in turn on a jittered grid, all of one kind.

    hot: each pixel at 75 to 100 % of the range; dead: no signal; faint: the whole square 5 to 20 % above
    or below its signal.
    """
    height, width = whole.shape
    corners = [
        (i, j)
        for i in range(BORDER_PX, height - GRID_PX + 1, GRID_PX)
        for j in range(BORDER_PX, width - GRID_PX + 1, GRID_PX)
    ]
    mosaic = whole.mosaic.astype(np.float64)
    black = whole.levels.spread(whole.levels.black, whole.shape)
    span = whole.levels.spread(whole.levels.white, whole.shape) - black
    rows, cols, cluster = [], [], []
    first = int(rng.integers(len(SIZES)))
    for number, (i, j) in enumerate(corners):
        side = SIZES[(first + number) % len(SIZES)]
        top, left = (at + int(rng.integers(0, 10)) for at in (i, j))
        where = slice(top, top + side), slice(left, left + side)
        mosaic[where] = _values(kind, mosaic[where], black[where], span[where], rng)
        r, c = np.mgrid[where]
        rows.append(r.ravel())
        cols.append(c.ravel())
        cluster.append(np.full(side * side, number))
    codes = np.clip(np.rint(mosaic), 0, whole.levels.clip.max()).astype(whole.mosaic.dtype)
    truth = DefectMap.for_frame(
        np.concatenate(rows), np.concatenate(cols), whole,
        kind=KINDS[kind], cluster=np.concatenate(cluster), source=kind,
    )  # fmt: skip
    return whole.with_mosaic(codes, kind), truth


def _values(
    kind: str,
    values: NDArray[np.float64],
    black: NDArray[np.float32],
    span: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    if kind == "hot":
        return np.asarray(black + span * rng.uniform(HOT_FROM, 1.0, values.shape))
    if kind == "dead":
        return np.asarray(black, np.float64)
    share = rng.uniform(*FAINT) * rng.choice([-1, 1])
    return np.asarray(black + (values - black) * (1 + share))
