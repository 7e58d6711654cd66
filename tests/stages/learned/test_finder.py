"""Blind repair: its training crops, its search, and the stage as its users meet it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isp.bound import stage
from isp.defects import DefectKind, DefectMap
from isp.frame import Area, RawFrame
from isp.noise import NoiseModel
from isp.repair import Repair
from stages.learned.clusternet.shipped import WEIGHTS
from stages.learned.finder import inference, task
from stages.learned.finder.inference import defect_logits
from stages.learned.finder.network import SYMMETRY, FinderNet
from stages.learned.finder.sampling import CROP, draw
from stages.learned.finder.search import Objects, search, surprise_at
from stages.learned.finder.task import FinderTask, Plan
from stages.learned.finder.views import CHANNELS, pack
from stages.learned.finder.weights import load_weights, save_weights
from stages.learned.running.place import Place
from stages.learned.running.tensors import WeightsError
from stages.learned.running.threads import side_by_side
from stages.learned.tied.symmetry import Ties
from stages.learned.training.loop import Budget, run
from stages.learned.training.pictures import Pictures

CPU = torch.device("cpu")
NOISE = NoiseModel(0.2, 4.0)


def scene(shape: tuple[int, int], cfa: str = "RGGB", top: float = 4095.0) -> RawFrame:
    """A soft scene with shot noise: no defects, no sharp edges."""
    rows, cols = np.indices(shape)
    light = 0.3 + 0.15 * np.sin(rows / 21.0) * np.cos(cols / 17.0) + 0.1 * np.sin(cols / 50.0)
    signal = light * top
    sigma = np.sqrt(NOISE.variance_dn2(signal)) * top / 4095.0
    noisy = signal + sigma * np.random.default_rng(3).standard_normal(shape)
    dtype = np.uint8 if top < 256 else np.uint16
    return RawFrame.of(np.clip(np.rint(noisy), 0, top).astype(dtype), cfa, black_dn=0, white_dn=top)


def pictures() -> Pictures:
    rng = np.random.default_rng(0)
    smooth = rng.integers(2000, 60000, (9, 11, 3)).repeat(16, 0).repeat(16, 1)
    mosaic = rng.integers(2000, 60000, (12, 12, 1)).repeat(12, 0).repeat(12, 1)
    return Pictures.of([smooth.astype(np.uint16), mosaic.astype(np.uint16)])


@pytest.mark.parametrize(
    ("cfa", "top"), [("RGGB", 255.0), ("GRBG", 4095.0), ("GBRG", 65535.0), ("BGGR", 4095.0)]
)
def test_clusters_are_found_whole_and_repaired_at_any_phase_and_depth(cfa: str, top: float) -> None:
    clean = scene((131, 147), cfa, top)
    codes = clean.mosaic.copy()
    holes = ((40, 50, 9, 0.95), (90, 101, 7, 0.01), (0, 70, 8, 0.95))
    truth = np.zeros(codes.shape, bool)
    for row, col, side, level in holes:
        codes[row : row + side, col : col + side] = level * top
        truth[row : row + side, col : col + side] = True
    repaired, found = stage("cluster_blind")(clean.with_mosaic(codes, "damage"))
    mask = found.mask()
    assert mask[truth].mean() > 0.97
    assert (mask & ~truth).sum() <= 6
    error = np.abs(repaired.mosaic[truth].astype(float) - clean.mosaic[truth])
    assert np.median(error) < 0.03 * top
    inside = found.kind[truth[found.rows, found.cols]]
    allowed = (DefectKind.HOT, DefectKind.STUCK_HIGH, DefectKind.DEAD, DefectKind.LOW_RESPONSE)
    assert np.isin(inside, allowed).all()


def test_a_clean_scene_stays_as_it_is_and_the_masked_border_is_not_looked_at() -> None:
    frame = scene((140, 150))
    out, found = stage("cluster_blind")(frame)
    assert len(found) == 0 and np.array_equal(out.mosaic, frame.mosaic)
    codes = frame.mosaic.copy()
    codes[:20], codes[:, :14] = 0, 4095
    meta = replace(frame.meta, active_area=Area(20, 14, 120, 136))
    bordered = RawFrame(codes, meta)
    out, found = stage("cluster_blind")(bordered)
    assert len(found) == 0 and np.array_equal(out.mosaic, codes)


def test_a_lower_threshold_finds_what_a_higher_one_finds() -> None:
    frame = scene((100, 110))
    codes = frame.mosaic.copy()
    codes[30:34, 40:44] += 500
    codes[70, 80] = 3000
    damaged = frame.with_mosaic(codes, "damage")
    few, many = (stage("cluster_blind", threshold=t)(damaged)[1].mask() for t in (6.0, -1.0))
    assert many.sum() >= few.sum() and many[70, 80]


def test_bands_say_what_the_whole_frame_says(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    network = FinderNet().eval()
    frame = scene((333, 61), "GBRG")
    whole = defect_logits(frame, NOISE, network, Place(CPU, torch.float32))
    monkeypatch.setattr(inference, "BAND_PX", 64)
    bands = defect_logits(frame, NOISE, network, Place(CPU, torch.float32))
    assert whole.shape == frame.shape
    np.testing.assert_allclose(bands, whole, atol=1e-4)


def test_views_start_at_red_and_are_blank_outside() -> None:
    levels = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    features = np.full((4, 4, CHANNELS), 7.0, np.float32)
    pack(levels, -levels, 1, 1, features)
    assert features[0, 0, 3] == pytest.approx(
        0.5 * np.log2(1.004) + 2
    )  # levels[0, 0] is a blue one
    assert features[0, 0, 7] == pytest.approx(-np.log1p(1 / 3))
    assert (features[0, 0, :3] == 0).all() and (features[3] == 0).all()


def exact(clean: NDArray[np.float64], spread: float) -> object:
    """A corrector that knows the truth."""

    def mend(frame: RawFrame, defects: DefectMap) -> Repair:
        values = clean[defects.rows, defects.cols].astype(np.float32)
        count = len(defects)
        return Repair(values, np.ones(count, bool), np.full(count, spread, np.float32))

    return mend


def test_a_transposed_view_has_transposed_odds() -> None:
    torch.manual_seed(2)
    network, place = FinderNet().eval(), Place(CPU, torch.float32)
    Ties(network, SYMMETRY).begin(network.parameters())
    view = np.random.default_rng(4).standard_normal((32, 36, CHANNELS)).astype(np.float32)
    turned = np.ascontiguousarray(view.transpose(1, 0, 2)[:, :, [0, 2, 1, 3, 4, 6, 5, 7]])
    one, two = (inference._logits(features, network, place) for features in (view, turned))
    assert one.shape == (64, 72) and one.std() > 1e-3
    np.testing.assert_allclose(two.T, one, atol=1e-5)


def test_an_object_has_the_odds_of_all_its_pixels_and_is_linked_over_one_pixel() -> None:
    logits = np.full((20, 24), -9.0, np.float32)
    logits[2:6, 3:7] = 1.0
    logits[4, 8] = 1.0  # one pixel away from the cluster
    logits[15, 15] = 1.0
    objects = Objects.of(logits)
    assert objects.label.max() == 2 and objects.label[4, 8] == objects.label[2, 3]
    assert (objects.label > 0).sum() == 18 and objects.label[4, 7] == 0
    sizes, odds = objects.size[1:], objects.odds[1:]
    np.testing.assert_allclose(odds, 1.0 + np.log(sizes))
    assert sorted(sizes) == [1, 17] and objects.odds[0] == -np.inf


def test_clusters_are_found_by_all_their_pixels_and_small_objects_where_no_scene_explains_them() -> (
    None
):
    frame = scene((60, 64))
    clean = frame.mosaic.astype(np.float64)
    codes = frame.mosaic.copy()
    codes[20:28, 30:38] = 3900
    codes[10, 50] = 3900
    damaged = frame.with_mosaic(codes, "damage")
    logits = np.full(frame.shape, -9.0, np.float32)
    logits[20:28, 30:38] = 2.0  # modest odds, but many of them
    logits[22:26, 33] = -3.0  # good pixels amid the cluster
    logits[10, 50] = logits[45, 12] = 1.0  # a defect, and a detail of the scene
    found = search(damaged, NOISE, logits, exact(clean, 8.0), 3.0)  # type: ignore[arg-type]
    mask = found.defects.mask()
    assert mask[20:28, 30:38].sum() == 60 and not mask[22:26, 33].any()
    assert mask[10, 50] and not mask[45, 12] and mask.sum() == 61 and (found.score > 3.0).all()
    nothing = np.full(frame.shape, -9.0, np.float32)
    assert len(search(damaged, NOISE, nothing, exact(clean, 8.0), 3.0).defects) == 0  # type: ignore[arg-type]


def test_surprise_weighs_the_distance_by_spread_and_noise() -> None:
    frame = scene((20, 20))
    defects = DefectMap.for_frame([5, 5, 9], [5, 7, 9], frame)
    value = frame.mosaic[defects.rows, defects.cols].astype(np.float32)
    off = Repair(value + np.float32([0, 120, 120]), np.ones(3, bool), np.float32([5, 5, 500]))
    said = surprise_at(frame, NOISE, defects, off)
    assert said[0] < -3 and said[1] > 3 and said[2] < -1
    unknown = replace(off, repaired=np.zeros(3, bool))
    np.testing.assert_array_equal(surprise_at(frame, NOISE, defects, unknown), 0)


def test_crops_follow_their_seed_and_mark_what_was_changed() -> None:
    one, same, other = (draw(pictures(), seed, 24) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.features, same.features)
    np.testing.assert_array_equal(one.target, same.target)
    assert not np.array_equal(one.features, other.features)
    assert one.features.shape == (24, CROP // 2, CROP // 2, CHANNELS)
    assert np.isfinite(one.features).all()
    assert 0.001 < one.target.mean() < 0.2
    assert one.weight.min() >= 0 and one.weight.max() <= 1
    assert (one.weight[one.target > 0] < 1).any()  # faint ones count less
    assert (one.target.reshape(24, -1).sum(1) == 0).any()  # crops without defects are among them


def test_weights_come_back_as_they_were_and_others_are_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = FinderNet()
    Ties(network, SYMMETRY).begin(network.parameters())
    save_weights(tmp_path / "f.safetensors", network, {"samples": 1})
    again = load_weights(tmp_path / "f.safetensors")
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=1e-2, atol=1e-3)
    with pytest.raises(WeightsError, match="finder"):
        load_weights(WEIGHTS / "cluster_nano.safetensors")


def test_a_training_goes_on_from_weights_that_have_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "VALIDATION_CROPS", 8)
    torch.manual_seed(1)
    network = FinderNet()
    Ties(network, SYMMETRY).begin(network.parameters())
    save_weights(tmp_path / "f.safetensors", network, {})
    with side_by_side(1) as pool:
        plan = Plan(small_batch=2, batches=1, learning_rate=1e-6)
        start = load_weights(tmp_path / "f.safetensors")
        mine = FinderTask(plan, pictures(), pictures(), pool, start=start)
        mine.step(0, 0.0)
    moved = mine.state()
    for name, value in load_weights(tmp_path / "f.safetensors").state_dict().items():
        torch.testing.assert_close(moved[f"network.{name}"], value, rtol=0, atol=1e-5)
    images = tmp_path / "images"
    images.mkdir()
    for k in range(2):
        (images / f"{k}.png").write_bytes(b"not looked at before the weights are")
    other = str(WEIGHTS / "cluster_nano.safetensors")
    with pytest.raises(WeightsError, match="finder"):
        stage("train_cluster_blind", samples=64, start=other)(images, tmp_path / "o.safetensors")


def test_a_resumed_training_ends_in_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "VALIDATION_CROPS", 8)
    plan = Plan(small_batch=2, batches=2, warm_up=2)
    states = []
    for name, parts in (("whole", (24,)), ("cut", (12, 24))):
        for count, samples in enumerate(parts):
            with side_by_side(2) as pool:
                mine = FinderTask(plan, pictures(), pictures(), pool)
                half = samples < 24  # a kill: the schedule is that of the whole budget
                if half:
                    step = mine.step
                    mine.step = lambda n, f, step=step: step(n, f / 2)  # type: ignore[method-assign]
                run(
                    mine,
                    tmp_path / f"{name}.safetensors",
                    Budget(samples=samples),
                    resume=count > 0,
                    report_every_steps=1,
                )
        states.append(mine.state())
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
    assert (tmp_path / "cut.safetensors").is_file() and np.isfinite(mine.judge()["score"])
