"""Networks that learn on from the frame that they repair: what they see of it, and what it is worth."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isp.bound import stage
from isp.defects import DefectMap
from isp.frame import RawFrame
from stages.kernels.cluster_window import PACKED, RIM, WINDOW
from stages.kernels.regions import regions
from stages.learned.clusternet.adaptation import adapted
from stages.learned.clusternet.practice import LEAST_PX, Practice
from stages.learned.clusternet.shipped import WEIGHTS
from stages.learned.clusternet.weights import load_weights

BLACK, WHITE = 256.0, 4095.0
NANO = str(WEIGHTS / "cluster_nano.safetensors")


def framed(levels: NDArray[np.float64], cfa: str = "RGGB") -> RawFrame:
    codes = np.rint(BLACK + levels * (WHITE - BLACK)).astype(np.uint16)
    return RawFrame.of(codes, cfa, black_dn=BLACK, white_dn=WHITE)


def weave(shape: tuple[int, int]) -> NDArray[np.float64]:
    """A texture that no photograph has taught: two waves at odd angles, and a step now and then."""
    rows, cols = np.indices(shape)
    waves = np.sin(0.9 * rows + 0.31 * cols) * np.sin(0.23 * rows - 0.71 * cols)
    return np.asarray(0.4 + 0.2 * waves + 0.15 * ((rows + 2 * cols) // 11 % 2))


def holes(shape: tuple[int, int], side: int = 6, pitch: int = 26) -> NDArray[np.bool_]:
    mask = np.zeros(shape, np.bool_)
    for row in range(10, shape[0] - side, pitch):
        for col in range(9, shape[1] - side, pitch):
            mask[row : row + side, col : col + side] = True
    return mask


def marked(mask: NDArray[np.bool_], frame: RawFrame) -> DefectMap:
    return DefectMap.for_frame(*np.nonzero(mask), frame)


def practice(frame: RawFrame, mask: NDArray[np.bool_], size: int = 48) -> Practice:
    found = Practice.of(frame, regions(marked(mask, frame))[0], size)
    assert found is not None
    return found


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_every_view_is_a_mosaic_again(cfa: str) -> None:
    mask = np.zeros((61, 70), np.bool_)
    mask[30:33, 41:43] = True
    frame = framed(np.zeros(mask.shape), cfa)
    codes = frame.mosaic.copy()
    site = frame.cfa.sites_at(*np.indices(mask.shape))
    codes[:] = np.choose(site, (900, 2000, 3100, 2000))
    batch = practice(frame.with_mosaic(codes, "colours"), mask).batch(0)
    known = batch.features[..., 4:8] == 0
    scale, mean, spread = (batch.statistics[:, k, None, None, None] for k in range(3))
    level = ((batch.features[..., :4] * spread + mean) ** 2 - 0.02) * scale
    red, green, blue = ((value - BLACK) / (WHITE - BLACK) for value in (900, 2000, 3100))
    for planes, allowed in (((1, 2), {green}), ((0, 3), {red, blue})):
        for plane in planes:
            seen = level[..., plane][known[..., plane]]
            assert np.isclose(seen[:, None], sorted(allowed), atol=2e-3).any(1).all()
    first = level[:, 0, 0, 0][known[:, 0, 0, 0]]
    assert np.isclose(first, red, atol=2e-3).any() and np.isclose(first, blue, atol=2e-3).any()


def test_what_is_asked_for_is_known_and_what_is_marked_is_never_used() -> None:
    mask = holes((90, 100))
    frame = framed(weave(mask.shape))
    wild = frame.mosaic.copy()
    wild[mask] = 4095
    one, other = (practice(frame.with_mosaic(m, "x"), mask).batch(3) for m in (frame.mosaic, wild))
    for name in ("features", "target", "weight", "inset"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    asked = one.weight > 0
    assert asked.any((1, 2, 3)).mean() > 0.9
    core = one.features[:, RIM : PACKED - RIM, RIM : PACKED - RIM]
    assert (core[..., 4:8][asked] == 1).all()  # hidden from the network
    scale, mean, spread = (one.statistics[:, k, None, None, None] for k in range(3))
    codes = (core[..., :4] + one.target) * spread + mean
    level = ((codes**2 - 0.02) * scale)[asked]
    good = (frame.mosaic[~mask] - BLACK) / (WHITE - BLACK)
    nearest = np.abs(
        np.sort(good)[np.searchsorted(np.sort(good), level).clip(0, good.size - 1)] - level
    )
    assert np.quantile(nearest, 0.99) < 2e-3  # true levels of good pixels


def test_holes_are_those_of_the_map_as_their_windows_see_them() -> None:
    mask = np.zeros((64, 80), np.bool_)
    mask[2:5, 3:7] = True  # at the frame's corner
    mask[40, 50] = True
    found = practice(framed(weave(mask.shape)), mask)
    assert found.holes.shape == (2, WINDOW, WINDOW) and found.places.shape == (2, 2)
    for hole, (top, left) in zip(found.holes, found.places, strict=True):
        whole = np.ones((64 + 2 * WINDOW, 80 + 2 * WINDOW), np.uint8)
        whole[WINDOW:-WINDOW, WINDOW:-WINDOW] = mask
        np.testing.assert_array_equal(
            hole, whole[top + WINDOW :, left + WINDOW :][:WINDOW, :WINDOW]
        )
    assert np.isnan(found.levels).sum() == mask.sum()


@pytest.mark.parametrize("shape", [(LEAST_PX - 1, 90), (90, 20), (1, 1)])
def test_frames_that_are_too_small_teach_nothing(shape: tuple[int, int]) -> None:
    frame = framed(weave(shape))
    mask = np.zeros(shape, np.bool_)
    mask[0, 0] = True
    network, _ = load_weights(WEIGHTS / "cluster_nano.safetensors")
    assert adapted([network], frame, marked(mask, frame), 3) is None
    repair = stage("cluster_adapted", steps=3).repair(frame, marked(mask, frame))
    assert "did not learn on" in repair.notes


def test_a_network_learns_a_texture_and_the_one_given_stays() -> None:
    mask = holes((170, 180))
    truth = framed(weave(mask.shape))
    codes = truth.mosaic.copy()
    codes[mask] = 4095
    frame, defects = truth.with_mosaic(codes, "damage"), marked(mask, truth)
    network, _ = load_weights(WEIGHTS / "cluster_nano.safetensors")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.random.get_rng_state()
    (learned,) = adapted([network], frame, defects, 2) or (None,)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    assert learned is not None and not torch.equal(learned.residual.weight, network.residual.weight)

    def error(steps: int) -> float:
        repair = stage("cluster_adapted", steps=steps, weights=NANO).repair(frame, defects)
        off = repair.values - truth.mosaic[defects.rows, defects.cols]
        return float(np.sqrt(np.mean(off.astype(float) ** 2)))

    assert error(40) < 0.8 * error(0)


def test_without_steps_it_is_the_large_one() -> None:
    mask = holes((80, 84))
    frame, defects = framed(weave(mask.shape)), marked(mask, framed(weave(mask.shape)))
    own, large = stage("cluster_adapted", steps=0), stage("cluster_large")
    np.testing.assert_array_equal(
        own.repair(frame, defects).values, large.repair(frame, defects).values
    )


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = holes((70, 90))
    frame = framed(weave(mask.shape))
    values = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("ISPSIM_THREADS", threads)
        repair = stage("cluster_adapted", steps=3, weights=NANO)
        values.append(repair.repair(frame, marked(mask, frame)).values)
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[0], values[2])
