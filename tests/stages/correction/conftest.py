"""Frames with known damage, and slow NumPy words for "the good pixels of this colour"."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.defects import DefectMap
from isp.frame import RawFrame

CFAS = ("RGGB", "GBRG", "XTRANS", "QUAD_RGGB", "MONO")


class Case:
    """A float frame over black 64 with random texture, marked pixels set to rubbish."""

    def __init__(self, cfa: str, mask: np.ndarray, pixels: np.ndarray | None = None, seed: int = 0):
        rng = np.random.default_rng(seed)
        truth = rng.uniform(100, 900, mask.shape) if pixels is None else pixels
        self.truth = truth.astype(np.float32)
        damaged = np.where(mask, np.float32(-3333), self.truth + np.float32(64))
        frame = RawFrame.of(damaged.astype(np.float32), cfa, black_dn=64.0, white_dn=1087.0)
        levels = replace(frame.levels, step_dn=0.0)  # repairs are not rounded to codes
        self.frame = frame.with_mosaic(frame.mosaic, "float", levels=levels)
        self.mask = mask
        self.defects = DefectMap.from_mask(mask, cfa=self.frame.cfa)

    def colours(self, green: str) -> np.ndarray:
        sites = Cfa.parse(self.frame.cfa.name).index_map(self.mask.shape)
        return np.asarray(CHANNEL_OF_SITE)[sites] if green == "merged" else np.asarray(sites)


def random_mask(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Singles, a cluster, a row and a column."""
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) < 0.08
    r, c = rng.integers(0, shape[0] - 7), rng.integers(0, shape[1] - 7)
    mask[r : r + 7, c : c + 7] = True
    mask[rng.integers(shape[0])] = True
    mask[:, rng.integers(shape[1])] = True
    return mask


@pytest.fixture(params=[(cfa, seed) for cfa in CFAS for seed in (0, 1)], ids=str)
def random_case(request: pytest.FixtureRequest) -> Case:
    cfa, seed = request.param
    return Case(cfa, random_mask((33, 39), seed), seed=seed)


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return Case


@pytest.fixture
def bayer_case() -> Case:
    mask = np.zeros((48, 52), bool)
    mask[15:24, 17:27] = True
    mask[0:5, 30:36] = True
    mask[40, :] = True
    mask[33, 8] = mask[33, 10] = True
    rows, cols = np.mgrid[:48, :52]
    pixels = 500 + 200 * np.sin(rows / 9) * np.cos(cols / 7)
    pixels = pixels + np.random.default_rng(4).uniform(-30, 30, pixels.shape)
    return Case("GRBG", mask, pixels)


def square_rings(case: Case, row: int, col: int, green: str, min_good: int, reach: int = 32):
    """Good same-colour pixels of the smallest square that holds enough: values and distances."""
    colour = case.colours(green)
    height, width = case.mask.shape
    for radius in range(1, reach + 1):
        r, c = np.mgrid[
            max(row - radius, 0) : min(row + radius + 1, height),
            max(col - radius, 0) : min(col + radius + 1, width),
        ]
        good = ~case.mask[r, c] & (colour[r, c] == colour[row, col])
        if good.sum() >= min_good:
            break
    return case.truth[r, c][good], np.hypot(r - row, c - col)[good]


@pytest.fixture
def rings() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return square_rings
