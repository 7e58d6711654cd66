"""The stages with their shipped weights: detection, repair with a map, repair without one."""

from __future__ import annotations

import numpy as np
import pytest

import isp
from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.exchange import FrameSet
from isp.frame import Area, RawFrame
from isp.metrics.detection import score_detection
from isp.repair import apply_repair
from isp.testing import frames

NAMES = ("ae", "memae", "cae")
PHASES = ("RGGB", "BGGR", "GRBG", "GBRG")
HOLE = (slice(60, 64), slice(71, 75))
PIXEL = (slice(60, 61), slice(71, 72))
OBVIOUS = 4.0
"""A threshold for a scene without texture; those of the weights are for photographs."""


def scene(cfa: str, shape: tuple[int, int] = (141, 150)) -> RawFrame:
    """A smooth scene with the noise of its model."""
    rng = np.random.default_rng(1)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    part = 0.3 + 0.1 * np.sin(rows / 23.0 + cols / 31.0)
    clean = frames.from_parts(Cfa.parse(cfa), "uint16", part)
    noisy = clean.mosaic + clean.meta.noise.sigma_dn(clean.signal()) * rng.standard_normal(shape)  # type: ignore[union-attr]
    return clean.with_mosaic(np.rint(noisy).astype(np.uint16), "noise")


def damaged(
    frame: RawFrame, level: float, where: tuple[slice, slice] = HOLE
) -> tuple[RawFrame, DefectMap]:
    mask = np.zeros(frame.shape, bool)
    mask[where] = True
    mosaic = frame.mosaic.copy()
    mosaic[mask] = level
    return frame.with_mosaic(mosaic, "damage"), frames.defects_of(frame, mask)


@pytest.mark.parametrize("cfa", PHASES)
@pytest.mark.parametrize("name", NAMES)
def test_an_obvious_defect_is_found_on_every_phase(name: str, cfa: str) -> None:
    """A hot square of 4×4; of one pixel for the pooling network, which reconstructs larger ones."""
    frame, truth = damaged(scene(cfa), 4095, PIXEL if name == "cae" else HOLE)
    found = isp.stage(f"{name}_detector", threshold=OBVIOUS)(FrameSet(scene=(frame,)))
    score = score_detection(found, truth)
    assert score.recall.value > 0.7
    assert score.precision.value > 0.7
    true = truth.mask()[found.rows, found.cols]
    assert (found.kind[true] == DefectKind.STUCK_HIGH).all()
    assert (found.severity_dn[true] > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_dead_pixel_is_told_from_a_hot_one(name: str) -> None:
    frame, truth = damaged(scene("RGGB"), 256, PIXEL)
    found = isp.stage(f"{name}_detector", threshold=OBVIOUS)(FrameSet(scene=(frame,)))
    true = truth.mask()[found.rows, found.cols]
    assert true.sum() == 1
    assert (found.kind[true] == DefectKind.LOW_RESPONSE).all()
    assert (found.severity_dn[true] < 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_lower_threshold_claims_more(name: str) -> None:
    frame, _ = damaged(scene("RGGB"), 4095)
    given = FrameSet(scene=(frame,))
    for residual in ("l1", "ssim"):
        strict = isp.stage(f"{name}_detector", residual=residual)(given).mask()
        loose = isp.stage(f"{name}_detector", residual=residual, threshold=0.2)(given).mask()
        assert not (strict & ~loose).any()
        assert loose.sum() > strict.sum()


@pytest.mark.parametrize("name", NAMES)
def test_the_masked_border_is_not_looked_at(name: str) -> None:
    area = Area(3, 6, 120, 131)
    plain = scene("GRBG")
    found = []
    for fill in (0, 4095):
        frame = frames.with_border(damaged(plain, 4095)[0], area, fill)
        found.append(isp.stage(f"{name}_detector")(FrameSet(scene=(frame,))))
    np.testing.assert_array_equal(found[0].mask(), found[1].mask())
    outside = np.ones(plain.shape, bool)
    outside[area.slices] = False
    assert not found[0].mask()[outside].any()


@pytest.mark.parametrize("name", NAMES)
def test_several_scenes_are_united(name: str) -> None:
    one, _ = damaged(scene("RGGB"), 4095)
    found = isp.stage(f"{name}_detector")(FrameSet(scene=(one, scene("RGGB"))))
    alone = isp.stage(f"{name}_detector")(FrameSet(scene=(one,)))
    assert not (alone.mask() & ~found.mask()).any()


@pytest.mark.parametrize("join", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_cluster_is_repaired_near_its_smooth_surroundings(name: str, join: bool) -> None:
    clean = scene("GBRG")
    frame, truth = damaged(clean, 4095)
    stage = isp.stage(name, join=join)
    repair = stage.repair(frame, truth)
    assert repair.repaired.all()
    out = apply_repair(frame, truth, repair, name)
    off = np.abs(out.mosaic[HOLE].astype(float) - clean.mosaic[HOLE])
    assert off.mean() < 0.04 * 3839


@pytest.mark.parametrize("name", NAMES)
def test_blind_repair_writes_the_reconstruction_where_it_found_something(name: str) -> None:
    clean = scene("RGGB")
    frame, truth = damaged(clean, 4095, PIXEL)
    out, found = isp.stage(f"{name}_blind", threshold=OBVIOUS)(frame)
    detected = isp.stage(f"{name}_detector", threshold=OBVIOUS)(FrameSet(scene=(frame,)))
    np.testing.assert_array_equal(found.mask(), detected.mask())
    mine = truth.mask() & found.mask()
    assert mine.any()
    before = np.abs(frame.mosaic[mine].astype(float) - clean.mosaic[mine])
    after = np.abs(out.mosaic[mine].astype(float) - clean.mosaic[mine])
    assert after.mean() < before.mean()
