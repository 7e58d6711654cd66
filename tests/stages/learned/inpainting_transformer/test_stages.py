"""The stages of the inpainting transformer as their users meet them, and the scan that they share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage

from isp.bound import stage
from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import IspError, StageError
from isp.exchange import FrameSet
from isp.frame import Area, RawFrame
from isp.testing import frames
from stages.learned.inpainting_transformer.detection import (
    doubled,
    find,
    in_spreads,
    reviewed,
)
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.inpainting_transformer.network import InpaintingTransformer
from stages.learned.inpainting_transformer.scene import Scene
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.inpainting_transformer.weights import save_weights
from stages.learned.running.place import Place, Running

PAPER = Shape(patch=2, window=5, channels=4, width=16, blocks=1, heads=2)
FLOAT32 = Place(torch.device("cpu"), torch.float32)
PHASES = ("RGGB", "GRBG", "GBRG", "BGGR")


def scene_frame(shape: tuple[int, int] = (141, 150), cfa: str = "RGGB") -> RawFrame:
    """A smooth scene with edges and a little noise."""
    rows, cols = np.indices(shape)
    wave = 0.4 + 0.15 * np.sin(rows / 11 + cols / 17) + 0.2 * ((rows // 37 + cols // 41) % 2)
    noise = np.random.default_rng(0).normal(0, 0.004, shape)
    gains = np.array([0.8, 1.0, 0.6, 1.0])[Cfa.parse(cfa).index_map(shape)]
    return frames.from_parts(Cfa.parse(cfa), "uint16", (wave + noise) * gains)


def marked(frame: RawFrame, *boxes: tuple[int, int, int]) -> DefectMap:
    mask = np.zeros(frame.shape, np.bool_)
    for top, left, side in boxes:
        mask[top : top + side, left : left + side] = True
    return frames.defects_of(frame, mask)


@pytest.mark.parametrize("phase", PHASES)
def test_a_hole_is_filled_better_than_with_its_surroundings_mean(phase: str) -> None:
    frame = scene_frame(cfa=phase)
    defects = marked(frame, (30, 40, 9), (70, 71, 12), (0, 0, 7), (134, 143, 7))
    repair = stage("intra").repair(frame, defects)
    assert repair.repaired.all()
    truth = frame.mosaic[defects.rows, defects.cols].astype(np.float64)
    mean = stage("masked_median").repair(frame, defects)
    errors = [np.sqrt(np.mean((r.values - truth) ** 2)) for r in (repair, mean)]
    assert errors[0] < errors[1]
    assert repair.spread is not None
    assert (np.abs(repair.values - truth) < repair.spread).mean() > 0.4


def test_a_crop_by_whole_groups_of_patches_is_repaired_alike() -> None:
    frame = scene_frame((200, 210))
    mask = np.zeros(frame.shape, np.bool_)
    mask[100:109, 90:97] = True
    whole = stage("intra", precision="float32").repair(frame, frames.defects_of(frame, mask))
    cut = frame.crop(Area(24, 24, 160, 160))
    part = stage("intra", precision="float32").repair(
        cut, frames.defects_of(cut, mask[24:184, 24:184])
    )
    np.testing.assert_allclose(part.values, whole.values, atol=1e-2)


def test_a_cluster_is_repaired_alike_whatever_else_is_marked() -> None:
    frame = scene_frame()
    alone = marked(frame, (60, 60, 8))
    many = marked(frame, (60, 60, 8), *[(r, c, 2) for r in (0, 130) for c in range(0, 140, 9)])
    inside = (many.rows >= 60) & (many.rows < 68) & (many.cols >= 60) & (many.cols < 68)
    one, other = (stage("intra").repair(frame, d).values for d in (alone, many))
    np.testing.assert_array_equal(one, other[inside])


def test_a_hole_larger_than_a_window_closes_from_its_rim() -> None:
    frame = scene_frame()
    defects = marked(frame, (20, 20, 100))
    repair = stage("intra").repair(frame, defects)
    assert repair.repaired.all()
    assert np.isfinite(repair.values).all()


def engine(shape: Shape, seed: int = 0) -> Engine:
    torch.manual_seed(seed)
    network = InpaintingTransformer(shape).eval()
    torch.nn.init.normal_(network.patch.weight, std=0.1)
    torch.nn.init.constant_(network.patch.bias, 0.5)
    return Engine(network, FLOAT32, {"normal_gms_distance": 0.0})


TOLD = Shape(
    patch=2, window=5, channels=4, width=16, blocks=1, heads=2,
    readout="own", told=True, levelled=True,
)  # fmt: skip


@pytest.mark.parametrize("shape", [PAPER, TOLD])
@pytest.mark.parametrize("size", [(37, 50), (9, 11)])
def test_every_patch_is_predicted_from_its_surroundings_alone(
    shape: Shape, size: tuple[int, int]
) -> None:
    """A change inside one patch changes no prediction of that patch, and some around it."""
    frame = scene_frame(size, "GBRG")
    scene, double = doubled(frame, engine(shape))
    rows, cols = double.known.shape[1:]
    assert rows % 2 == 0
    inside = double.known.reshape(2, 2, rows, cols).sum()
    assert inside == size[0] * size[1]
    row, col = size[0] // 2, size[1] // 2
    mosaic = frame.mosaic.copy()
    mosaic[row, col] = 4000
    _, other = doubled(RawFrame(mosaic, frame.meta), engine(shape))
    patch, _ = scene.place(np.array([row], np.int32), np.array([col], np.int32))
    top, left = patch[0] * shape.patch
    there = np.s_[:, top : top + shape.patch, left : left + shape.patch]
    np.testing.assert_array_equal(double.levels[there], other.levels[there])
    assert not np.array_equal(double.levels, other.levels)


def test_the_grid_holds_every_pixel_once() -> None:
    frame = scene_frame((31, 44), "GRBG")
    scene = Scene.of(frame, np.zeros(frame.shape, np.bool_), TOLD)
    rows, cols = (part.ravel().astype(np.int32) for part in np.indices(frame.shape))
    patch, index = scene.place(rows, cols)
    assert len(np.unique(np.column_stack([patch, index]), axis=0)) == frame.mosaic.size
    assert (patch.max(0) < scene.grid).all()
    levels, known = scene.windows(patch[700:701].clip(0, np.array(scene.grid) - 5))
    assert known.shape == levels.shape == (1, 4, 10, 10)


def smooth_frame(cfa: str = "RGGB") -> RawFrame:
    """A field that gets brighter to one side, with its noise."""
    shape = (141, 150)
    gains = np.array([0.8, 1.0, 0.6, 1.0])[Cfa.parse(cfa).index_map(shape)]
    rows, cols = np.indices(shape)
    noise = np.random.default_rng(0).normal(0, 0.004, shape)
    return frames.from_parts(
        Cfa.parse(cfa), "uint16", (0.25 + 0.2 * (rows + cols) / 290 + noise) * gains
    )


def damaged(frame: RawFrame) -> tuple[RawFrame, NDArray[np.bool_]]:
    mosaic, mask = frame.mosaic.copy(), np.zeros(frame.shape, np.bool_)
    for row, col, side in ((20, 30, 1), (40, 110, 3), (75, 60, 8), (110, 20, 11), (133, 141, 2)):
        mask[row : row + side, col : col + side] = True
    rng = np.random.default_rng(3)
    mosaic[mask] = 3300 + rng.integers(0, 300, int(mask.sum()))
    return RawFrame(mosaic, frame.meta), mask


@pytest.mark.parametrize("phase", PHASES)
def test_the_detector_finds_singles_and_clusters_where_they_are(phase: str) -> None:
    frame, mask = damaged(smooth_frame(phase))
    found = stage("intra_detector")(FrameSet(scene=(frame,)))
    hit = found.mask() & mask
    assert hit[20, 30]
    assert hit[40:43, 110:113].mean() > 0.7
    assert hit[75:83, 60:68].mean() > 0.5
    assert hit.sum() > 0.8 * len(found)
    bright = found.kind[mask[found.rows, found.cols]]
    assert (bright == DefectKind.HOT).mean() > 0.9
    severity = found.severity_dn[mask[found.rows, found.cols]]
    assert (severity > 500).mean() > 0.9


def test_the_papers_map_finds_the_places() -> None:
    frame, mask = damaged(smooth_frame())
    found = stage("intra_detector", evidence="gms", threshold=0.015)(FrameSet(scene=(frame,)))
    near = ndimage.binary_dilation(mask, iterations=8)
    assert len(found) > 20
    assert (found.mask() & near).sum() > 0.9 * len(found)
    assert found.mask()[71:87, 56:72].any()


def test_further_looks_find_more_of_a_cluster() -> None:
    frame, _ = damaged(smooth_frame())
    ready = Engine.of(Running(precision="float32"))
    scene, double = doubled(frame, ready)
    once = in_spreads(scene, double).score
    often = reviewed(scene, ready, double).score
    for box in (np.s_[40:43, 110:113], np.s_[75:83, 60:68]):
        assert np.median(often[box]) > 1.5 * np.median(once[box])


def test_thresholds_can_be_given_and_higher_ones_find_less() -> None:
    frame, _ = damaged(smooth_frame())
    counts = [
        len(stage("intra_detector", threshold=t)(FrameSet(scene=(frame,)))) for t in (4.0, 50.0)
    ]
    assert counts[0] > counts[1]


def test_the_border_is_not_looked_at() -> None:
    frame = scene_frame((70, 80))
    bordered = frames.with_border(frame, Area(6, 8, 60, 64), 4000.0)
    found = find(bordered, Engine.of(Running()), "spread", 8.0)
    outside = np.ones(frame.shape, np.bool_)
    outside[6:66, 8:72] = False
    assert not (found.mask() & outside).any()


def test_the_blind_stage_repairs_what_it_finds() -> None:
    clean = smooth_frame()
    frame, mask = damaged(clean)
    out, found = stage("intra_blind")(frame)
    mask[105:] = False
    errors = [
        np.abs(f.mosaic[mask].astype(float) - clean.mosaic[mask]).mean() for f in (frame, out)
    ]
    assert errors[1] < 0.5 * errors[0]
    assert np.array_equal(out.mosaic[~found.mask()], frame.mosaic[~found.mask()])


def test_weights_of_the_papers_form_work_too(tmp_path: Path) -> None:
    path = tmp_path / "paper.safetensors"
    save_weights(path, engine(PAPER).network, {"thresholds": {"gms": 0.2}})
    frame = scene_frame((60, 70))
    repair = stage("intra", weights=str(path)).repair(frame, marked(frame, (20, 30, 5)))
    assert repair.repaired.all()
    assert repair.spread is None
    stage("intra_detector", weights=str(path), evidence="gms")(FrameSet(scene=(frame,)))
    with pytest.raises(StageError, match="gms"):
        stage("intra_detector", weights=str(path), threshold=3.0)(FrameSet(scene=(frame,)))
    with pytest.raises(StageError, match="threshold"):
        stage("intra_detector", weights=str(path))(FrameSet(scene=(frame,)))
    with pytest.raises(IspError, match=r"nowhere\.safetensors"):
        stage("intra", weights="/nowhere.safetensors").repair(frame, marked(frame, (20, 30, 5)))


def test_torch_keeps_its_threads() -> None:
    before = torch.get_num_threads()
    frame = scene_frame((60, 60))
    stage("intra").repair(frame, marked(frame, (30, 30, 2)))
    assert torch.get_num_threads() == before
