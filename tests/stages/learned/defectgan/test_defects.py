"""Algorithm 4 over many seeds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from isp.errors import StageError
from stages.learned.defectgan.defects import Defects, draw_defects
from stages.learned.training.draws import start

SEEDS = range(60)


def damaged(
    defects: Defects, seed: int, shape: tuple[int, int] = (64, 72), channels: int = 3
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A picture of 0.5 after the draw, and its area."""
    picture = np.full((*shape, channels), 0.5, np.float32)
    area, state = np.ones(shape, np.uint8), np.empty(1, np.uint64)
    start(state, seed, 0)
    draw_defects(picture, area, defects.parameters(), state)
    return picture, area.astype(bool)


def squares(area: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    return [part for part in find_objects(label(area)[0]) if part is not None]


@pytest.mark.parametrize("seed", SEEDS)
def test_fixed_is_one_black_square_of_eight(seed: int) -> None:
    picture, area = damaged(Defects.of("fixed"), seed)
    (square,) = squares(area)
    assert area.sum() == 64
    assert (picture[square] == 0).all()
    assert (picture[~area] == 0.5).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_dynamic_stays_in_its_squares_and_off_the_borders(seed: int) -> None:
    defects = Defects.of("dynamic")
    picture, area = damaged(defects, seed)
    changed = (picture != 0.5).any(axis=2)
    assert changed.any()
    assert not (changed & ~area).any()
    assert (picture[changed] == picture[changed][:, :1]).all()  # all channels alike
    hit = picture[changed][:, 0]
    assert ((hit <= 0.25) | (hit >= 0.75)).all()
    assert (hit >= 0).all() and (hit <= 1).all()
    assert not area[:7].any() and not area[-7:].any()
    assert not area[:, :7].any() and not area[:, -7:].any()


def test_a_defect_is_as_far_from_every_border_as_it_is_large() -> None:
    for seed in SEEDS:
        defects = Defects(size_px=(5, 9))
        _, area = damaged(defects, seed, (40, 33))
        ((rows, cols),) = squares(area)
        side = rows.stop - rows.start
        assert 5 <= side <= 9 and cols.stop - cols.start == side
        assert rows.start >= side and cols.start >= side
        assert rows.stop <= 40 - side and cols.stop <= 33 - side


def test_every_number_size_type_and_density_occurs() -> None:
    defects = Defects((1, 3), (7, 12), white=True, densities=(0.5, 1.0), off_rail=0.25)
    numbers, sides, levels = set(), set(), []
    for seed in range(300):
        picture, area = damaged(defects, seed, (200, 200))
        found = squares(area)
        numbers.add(len(found))
        for part in found:
            sides.add(part[0].stop - part[0].start)
            hit = (picture[part] != 0.5).any(axis=2)
            levels.append(picture[part][hit].mean())
    assert {1, 2, 3} <= numbers
    assert set(range(7, 13)) <= sides
    white = np.asarray(levels) > 0.5
    assert 0.4 < white.mean() < 0.6


def test_densities_are_drawn_and_kept() -> None:
    shares = []
    for seed in range(200):
        picture, area = damaged(Defects(size_px=(9, 12), densities=(0.5, 1.0)), seed)
        shares.append((picture[area] != 0.5).all(axis=1).mean())
    full = np.asarray(shares) > 0.999
    assert 0.4 < full.mean() < 0.6
    assert np.asarray(shares)[~full].mean() == pytest.approx(0.5, abs=0.03)


def test_amounts_run_smoothly_and_differ() -> None:
    steps, spreads = [], []
    for seed in SEEDS:
        picture, area = damaged(Defects(size_px=(12, 12), off_rail=0.25), seed)
        level = picture[squares(area)[0]][..., 0]
        steps.append(np.abs(np.diff(level, axis=0)).mean())
        spreads.append(level.std())
    assert np.mean(spreads) > 0.03
    assert np.mean(steps) < 0.6 * np.mean(spreads)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": (0, 2)},
        {"number": (3, 2)},
        {"size_px": (0, 4)},
        {"white": False, "black": False},
        {"densities": ()},
        {"densities": (0.0,)},
        {"densities": (1.5,)},
        {"off_rail": 1.0},
    ],
)
def test_impossible_defects_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(StageError):
        Defects(**wrong)  # type: ignore[arg-type]
