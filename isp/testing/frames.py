"""Small frames and maps that stages are tested with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, GB, GR, B, Cfa, R
from isp.defects import DefectMap
from isp.frame import Area, FrameMeta, RawFrame, RgbFrame, Space
from isp.levels import Levels
from isp.noise import NoiseModel

SHAPE = (45, 51)
CHANNEL_LEVELS = (0.35, 0.5, 0.25, 0.45)  # of R, G, B, mono: parts of the range of a flat frame
MATRIX = ((0.9, -0.3, -0.1), (-0.4, 1.2, 0.2), (-0.05, 0.15, 0.7))

_CFAS = {
    "bayer": [Cfa.parse(name) for name in ("RGGB", "BGGR", "GRBG", "GBRG")],
    "quad": [Cfa.parse("QUAD_RGGB"), Cfa.parse("QUAD_GRBG").shifted(1, 1)],
    "xtrans": [Cfa.parse("XTRANS"), Cfa.parse("XTRANS").shifted(2, 1)],
    "mono": [Cfa.parse("MONO")],
    "other": [Cfa(((R, GR, GR), (GB, B, GB)))],
}
# dtype: black, white, step on the code grid
_DEPTHS = {
    "uint8": (16.0, 255.0, 1.0),
    "uint16": (256.0, 4095.0, 1.0),
    "float32": (0.0, 3839.0, 0.0),
}
DTYPES = tuple(_DEPTHS)


def cfas(families: tuple[str, ...]) -> list[Cfa]:
    """Filter arrays of the families: all Bayer phases, and the others also off their origin."""
    return [cfa for family in families for cfa in _CFAS[family]]


def meta(cfa: Cfa, dtype: str = "uint16", shape: tuple[int, int] = SHAPE) -> FrameMeta:
    """Metadata of a test frame; where there are codes, black repeats every 2×2 whatever the CFA."""
    black, white, step = _DEPTHS[dtype]
    blacks = np.arange(4.0).reshape(2, 2) * (1.0 if black else 0.0) + black
    levels = Levels.of(blacks, white)
    levels = Levels(levels.black_dn, levels.white_dn, levels.clip_dn, step_dn=step)
    return FrameMeta(
        shape,
        np.dtype(dtype),
        cfa,
        levels,
        white_balance=(1.9, 1.0, 1.5),
        camera_matrix=MATRIX,
        exposure_s=0.01,
        gain=100.0,
        noise=NoiseModel(0.2, 4.0),
    )


def textured(
    cfa: Cfa, dtype: str = "uint16", shape: tuple[int, int] = SHAPE, seed: int = 1
) -> RawFrame:
    """A frame with a gradient, a wave and noise, between 10 and 80 % of the range."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    wave = 0.12 * np.sin(rows / 5.0 + cols / 7.0)
    part = 0.3 + 0.2 * rows / shape[0] + wave + rng.uniform(-0.05, 0.05, shape)
    gains = np.array([0.8, 1.0, 0.6, 1.0])[np.asarray(CHANNEL_OF_SITE)[cfa.index_map(shape)]]
    return from_parts(cfa, dtype, part * gains)


def flat(
    cfa: Cfa,
    dtype: str = "uint16",
    shape: tuple[int, int] = SHAPE,
    noise: float = 0.0,
    seed: int = 1,
) -> RawFrame:
    """A frame of one level per channel; ``noise``: how often the model's noise is in it."""
    channel = np.asarray(CHANNEL_OF_SITE)[cfa.index_map(shape)]
    part = np.array(CHANNEL_LEVELS)[channel]
    if noise:
        span = _DEPTHS[dtype][1] - _DEPTHS[dtype][0]
        sigma = np.sqrt(0.2 * part * span + 4.0) / span
        part = part + noise * sigma * np.random.default_rng(seed).standard_normal(shape)
    return from_parts(cfa, dtype, part)


def from_parts(cfa: Cfa, dtype: str, part: NDArray[np.float64]) -> RawFrame:
    """A frame from parts of the range above black (0 at black, 1 at white)."""
    about = meta(cfa, dtype, (part.shape[0], part.shape[1]))
    levels = about.levels
    black = levels.spread(levels.black, about.shape).astype(np.float64)
    dn = black + part * (levels.spread(levels.white, about.shape) - black)
    if about.dtype.kind == "u":
        dn = np.clip(np.rint(dn), 0, np.iinfo(about.dtype).max)
    return RawFrame(dn.astype(about.dtype), about)


def picture(space: Space, dtype: str = "float32", constant: bool = False) -> RgbFrame:
    """A picture of the given space: smooth with noise, or of one colour."""
    rng = np.random.default_rng(3)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    base = 0.3 + 0.2 * np.sin(rows / 6.0) * np.cos(cols / 9.0)
    pixels = base[..., None] * (0.8, 1.0, 0.6) + rng.uniform(-0.05, 0.05, (*SHAPE, 3))
    if constant:
        pixels = np.broadcast_to(np.array([0.3, 0.5, 0.2]), (*SHAPE, 3))
    if dtype != "float32":
        pixels = np.rint(np.clip(pixels, 0, 1) * np.iinfo(dtype).max)
    about = FrameMeta(
        SHAPE,
        np.dtype(dtype),
        Cfa.parse("RGGB"),
        Levels.of(256.0, 4095.0),
        camera_matrix=MATRIX,
        white_balance=(1.9, 1.0, 1.5),
        space=space,
    )
    return RgbFrame(pixels.astype(dtype), about)


def with_border(frame: RawFrame, area: Area, fill: float) -> RawFrame:
    """The frame with an active area, all outside of it set to one value."""
    mosaic = np.full_like(frame.mosaic, fill)
    mosaic[area.slices] = frame.mosaic[area.slices]
    return frame.with_mosaic(mosaic, "border", active_area=area)


def masks(shape: tuple[int, int] = SHAPE) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Maps that a corrector meets: name and mask."""
    height, width = shape

    def marked(*slices: tuple[slice | int, slice | int]) -> NDArray[np.bool_]:
        mask = np.zeros(shape, np.bool_)
        for where in slices:
            mask[where] = True
        return mask

    yield "a single", marked((20, 24))
    yield "a couplet", marked((20, 24), (20, 26), (31, 11), (32, 12))
    yield (
        "the four corners",
        marked((0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)),
    )
    yield (
        "borders",
        marked((0, slice(9, 15)), (height - 1, slice(4, 9)), (slice(7, 13), 0), (22, width - 1)),
    )
    yield "an 8×8 cluster", marked((slice(17, 25), slice(20, 28)))
    yield "a 7×7 cluster in a corner", marked((slice(height - 7, height), slice(0, 7)))
    yield "a full row", marked((13, slice(0, width)))
    yield "a full column", marked((slice(0, height), 30))
    scattered = np.random.default_rng(5).random(shape) < 0.2
    yield "a fifth of all pixels", scattered


def defects_of(frame: RawFrame, mask: NDArray[np.bool_]) -> DefectMap:
    """The map of a mask, for a frame."""
    rows, cols = np.nonzero(mask)
    return DefectMap.for_frame(rows, cols, frame, source="test")
