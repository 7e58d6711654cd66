"""The learned correctors as their users meet them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isp.bound import stage
from isp.cfa import Cfa
from isp.defects import DefectMap
from isp.errors import IspError
from isp.frame import Area, FrameMeta, RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.testing import check_stage
from isp.transfer import srgb_decoded, srgb_encoded

NAMES = ("cluster", "cluster_large", "cluster_nano")
BLACK, WHITE = 256.0, 4095.0


def light(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float64]:
    """A scene with edges, texture and colour: (H, W, 3), linear, 0 to 1."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices(shape)
    waves = 0.5 + 0.3 * np.sin(rows / 4.1 + cols / 9.0) * np.cos(cols / 6.3)
    edges = 0.35 * ((rows // 17 + cols // 23) % 2)
    base = np.clip(waves * 0.6 + edges, 0.02, 1.0)
    tint = 1 + 0.2 * np.sin(np.array([0.0, 2.0, 4.0]) + rows[..., None] / 40)
    return np.clip(base[..., None] ** 2.2 * tint + rng.normal(0, 2e-3, (*shape, 1)), 0, 1)


def mosaic(scene: NDArray[np.float64], cfa: str) -> NDArray[np.float64]:
    channel = np.array([0, 1, 2, 1])  # R, Gr, B, Gb
    sites = channel[np.asarray(Cfa.parse(cfa).pattern)]
    rows, cols = np.indices(scene.shape[:2])
    return np.take_along_axis(scene, sites[rows % 2, cols % 2][..., None], axis=2)[..., 0]


def framed(levels: NDArray[np.float64], cfa: str = "RGGB", **fields: object) -> RawFrame:
    codes = np.rint(levels * (WHITE - BLACK) + BLACK).astype(np.uint16)
    return RawFrame.of(codes, cfa, black_dn=BLACK, white_dn=WHITE, **fields)


def holes(shape: tuple[int, int], seed: int = 1, count: int = 12) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, bool)
    for _ in range(count):
        side = int(rng.integers(1, 13))
        row, col = rng.integers(0, shape[0] - side), rng.integers(0, shape[1] - side)
        mask[row : row + side, col : col + side] = True
    return mask


def psnr(values: NDArray[np.float32], truth: NDArray[np.float64]) -> float:
    part = (values - BLACK) / (WHITE - BLACK)
    error = srgb_encoded(part) - srgb_encoded(truth)
    return float(-10 * np.log10(np.mean(error**2)))


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_what_a_corrector_promises(name: str) -> None:
    check_stage(name)


@pytest.mark.parametrize("name", NAMES)
def test_it_beats_a_harmonic_fill_clearly(name: str) -> None:
    levels = mosaic(light((180, 200)), "RGGB")
    frame, mask = framed(levels), holes(levels.shape)
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    scores = {
        n: psnr(stage(n).repair(frame, defects).values, levels[mask]) for n in (name, "harmonic")
    }
    assert scores[name] > scores["harmonic"] + 1.2


def test_passes_are_counted_where_no_cluster_fits_a_window() -> None:
    levels = mosaic(light((120, 130)), "RGGB")
    frame = framed(levels)
    for shape, passes in (
        ((60, 60), r"[1-9]\d*"),
        (levels.shape, "0"),
    ):  # all marked: nothing to see
        mask = np.zeros(levels.shape, np.bool_)
        mask[: shape[0], : shape[1]] = True
        (note,) = (
            stage("cluster").repair(frame, DefectMap.for_frame(*np.nonzero(mask), frame)).notes
        )
        assert re.search(rf"tiles in {passes} passes$", note), note


def test_all_phases_repair_to_the_same_picture() -> None:
    """A crop by one pixel changes the phase of the mosaic and nothing of the repair."""
    levels = mosaic(light((150, 160)), "RGGB")
    frame, mask = framed(levels), holes((150, 160), count=6)
    mask[:24], mask[-24:], mask[:, :24], mask[:, -24:] = False, False, False, False
    whole = stage("cluster").repair(frame, DefectMap.for_frame(*np.nonzero(mask), frame))
    for down, right, cfa in ((0, 1, "GRBG"), (1, 0, "GBRG"), (1, 1, "BGGR")):
        cut = frame.crop(Area(down, right, 150 - down, 160 - right))
        assert cut.cfa.name == cfa
        part = stage("cluster").repair(
            cut, DefectMap.for_frame(*np.nonzero(mask[down:, right:]), cut)
        )
        np.testing.assert_allclose(part.values, whole.values, atol=0.01)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_no_phase_is_worse_than_another(cfa: str) -> None:
    shape = (361, 403)  # with enough holes that it does not matter what each phase happens to lose
    mask = holes(shape, count=70)

    def score(name: str) -> float:
        levels = mosaic(light(shape), name)
        frame = framed(levels, name)
        repair = stage("cluster").repair(frame, DefectMap.for_frame(*np.nonzero(mask), frame))
        return psnr(repair.values, levels[mask])

    assert score(cfa) > score("RGGB") - 0.7


def float_frame(levels: NDArray[np.float64], **fields: object) -> RawFrame:
    meta = FrameMeta(
        (levels.shape[0], levels.shape[1]),
        np.dtype(np.float32),
        Cfa.parse("RGGB"),
        replace(Levels.of(0.0, 1000.0), step_dn=0.0),
        **fields,  # type: ignore[arg-type]
    )
    return RawFrame((1000 * levels).astype(np.float32), meta)


def test_less_exposure_gives_the_same_picture_darker() -> None:
    levels, mask = mosaic(light((120, 130)), "RGGB"), holes((120, 130), count=8)
    bright, dark = float_frame(levels), float_frame(levels / 2)
    defects = DefectMap.for_frame(*np.nonzero(mask), bright)
    one, two = (stage("cluster", precision="float32").repair(f, defects) for f in (bright, dark))
    np.testing.assert_allclose(two.values, one.values / 2, atol=0.2)
    assert one.spread is not None
    assert two.spread is not None
    np.testing.assert_allclose(two.spread, one.spread / 2, rtol=0.02, atol=0.1)


def test_a_white_balance_still_to_be_applied_changes_nothing() -> None:
    levels, mask = mosaic(light((120, 130)), "RGGB"), holes((120, 130), count=8)
    gains = np.ones(levels.shape)
    gains[::2, ::2], gains[1::2, 1::2] = 2.0, 1.6
    balanced = float_frame(levels)
    camera = float_frame(levels / gains, white_balance=(2.0, 1.0, 1.6))
    defects = DefectMap.for_frame(*np.nonzero(mask), balanced)
    one, two = (
        stage("cluster", precision="float32").repair(f, defects) for f in (balanced, camera)
    )
    np.testing.assert_allclose(two.values * gains[mask], one.values, atol=0.2)


def test_bfloat16_and_float32_give_the_same_picture() -> None:
    levels = mosaic(light((180, 200), 5), "GRBG")
    frame, mask = framed(levels, "GRBG"), holes(levels.shape, 6)
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    scores = [
        psnr(stage("cluster", precision=p).repair(frame, defects).values, levels[mask])
        for p in ("float32", "bfloat16")
    ]
    assert abs(scores[0] - scores[1]) < 0.05


def test_lines_and_large_holes_are_tiled_and_said_to_be() -> None:
    levels = mosaic(light((150, 140)), "RGGB")
    frame, mask = framed(levels), np.zeros(levels.shape, bool)
    mask[:, 33] = True
    mask[60:115, 70:125] = True
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    repair = stage("cluster").repair(frame, defects)
    assert repair.repaired.all()
    assert any("2 clusters larger than a window" in note for note in repair.notes)
    column = psnr(repair.values[defects.cols == 33], levels[:, 33])
    filled = stage("masked_median").repair(frame, defects)
    assert column > psnr(filled.values[defects.cols == 33], levels[:, 33]) + 2
    inside = repair.values[defects.cols > 60]
    assert 0.2 < inside.std() / (frame.mosaic.std()) < 2.0


def test_corners_of_odd_frames() -> None:
    levels = mosaic(light((61, 67)), "BGGR")
    frame, mask = framed(levels, "BGGR"), np.zeros((61, 67), bool)
    mask[:6, :7], mask[-5:, -8:], mask[30, 0], mask[0, 40:44] = True, True, True, True
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    repair = stage("cluster").repair(frame, defects)
    assert repair.repaired.all()
    guess = psnr(np.full(mask.sum(), frame.mosaic[~mask].mean()), levels[mask])
    assert psnr(repair.values, levels[mask]) > guess + 4


def test_the_same_twice() -> None:
    frame, mask = framed(mosaic(light((100, 90)), "RGGB")), holes((100, 90))
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    one, two = (stage("cluster_large").repair(frame, defects) for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.spread, two.spread)


def test_torch_keeps_its_threads() -> None:
    before = torch.get_num_threads()
    frame = framed(mosaic(light((60, 60)), "RGGB"))
    stage("cluster").repair(frame, DefectMap.for_frame([30], [30], frame))
    assert torch.get_num_threads() == before


def test_grain_is_that_of_the_surroundings() -> None:
    rng = np.random.default_rng(3)
    noise = NoiseModel(0.5, 16.0)
    clean = np.full((120, 120), 800.0)
    codes = np.rint(clean + BLACK + rng.normal(0, noise.sigma_dn(800.0), clean.shape))
    frame = RawFrame.of(
        codes.astype(np.uint16), "RGGB", black_dn=BLACK, white_dn=WHITE, noise=noise
    )
    mask = holes(clean.shape)
    defects = DefectMap.for_frame(*np.nonzero(mask), frame)
    smooth, grainy = (stage("cluster", grain=g).repair(frame, defects) for g in ("none", "match"))
    sigma = float(noise.sigma_dn(800.0))
    assert smooth.values.std() < 0.6 * sigma
    assert 0.8 * sigma < grainy.values.std() < 1.3 * sigma
    assert any("grain" in note for note in grainy.notes)
    assert grainy.spread is not None
    assert (grainy.spread >= 0.99 * sigma).all()


def test_what_cannot_be_done_is_said() -> None:
    frame = framed(mosaic(light((60, 60)), "RGGB"))
    defects = DefectMap.for_frame([30], [30], frame)
    with pytest.raises(IspError, match=r"nowhere\.safetensors"):
        stage("cluster", weights="/nowhere.safetensors").repair(frame, defects)
    if not torch.cuda.is_available():
        with pytest.raises(IspError, match="CUDA"):
            stage("cluster", device="cuda").repair(frame, defects)
    with pytest.raises(IspError, match="precision"):
        stage("cluster", precision="float16")


def photographs(folder: Path, count: int = 6) -> list[NDArray[np.float64]]:
    import cv2

    found = sorted(folder.glob("*.png"))[:count]
    return [srgb_decoded(cv2.imread(str(path))[100:356, 100:356, ::-1] / 255) for path in found]


def test_spreads_hold_on_photographs_never_seen(shared_data: Path) -> None:
    """The spread is a standard deviation: most errors are below one, nearly all below three."""
    ratios, gains = [], []
    for index, scene in enumerate(photographs(shared_data / "bench" / "Kodak24")):
        levels = mosaic(scene, "RGGB")
        frame, mask = framed(levels), holes(levels.shape, index, 15)
        defects = DefectMap.for_frame(*np.nonzero(mask), frame)
        repair = stage("cluster").repair(frame, defects)
        truth = levels[mask] * (WHITE - BLACK) + BLACK
        ratios.append(np.abs(repair.values - truth) / np.maximum(repair.spread, 0.5))
        classical = stage("harmonic").repair(frame, defects)
        gains.append(psnr(repair.values, levels[mask]) - psnr(classical.values, levels[mask]))
    ratio = np.concatenate(ratios)
    assert 0.6 < (ratio < 1).mean() < 0.9
    assert (ratio < 3).mean() > 0.9
    assert np.mean(gains) > 1.5
