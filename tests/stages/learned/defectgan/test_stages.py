"""The four ways as stages: with a map and without, on weights made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isp.bound import stage
from isp.cfa import BAYER_NAMES, Cfa
from isp.errors import IspError, StageError
from isp.frame import RawFrame
from isp.registry import stage_names
from isp.repair import apply_repair
from isp.testing import frames
from stages.learned.defectgan.network import MULTIPLE, Generator
from stages.learned.defectgan.shipped import OVERLAP_PX, SIDE_PX, WEIGHTS
from stages.learned.defectgan.weights import write_generator
from stages.learned.fullframe.reconstruct import reconstruct
from stages.learned.running.place import Place
from stages.learned.running.tensors import WeightsError

WAYS = ("latent_inpainter", "dual_encoder", "generative_inpainter", "inpainter")


def weights(folder: Path, channels: int = 4) -> str:
    """Weights of a network that has learned nothing: enough to see what goes in and out."""
    torch.manual_seed(5)
    network = Generator(channels)
    path = folder / f"untrained_{channels}.safetensors"
    write_generator(path, network, {})
    return str(path)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return weights(tmp_path_factory.mktemp("weights"))


def square(frame: RawFrame, row: int = 30, col: int = 33, side: int = 8) -> np.ndarray:
    mask = np.zeros(frame.shape, bool)
    mask[row : row + side, col : col + side] = True
    return mask


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", BAYER_NAMES)
def test_marked_pixels_are_repaired_from_good_ones_and_no_other_changes(
    way: str, phase: str, file: str
) -> None:
    frame = frames.textured(Cfa.parse(phase), shape=(75, 82))
    mask = square(frame)
    defects = frames.defects_of(frame, mask)
    one = stage(way, weights=file, precision="float32")
    repair = one.repair(frame, defects)
    assert repair.repaired.all()
    damaged = frame.mosaic.copy()
    damaged[mask] = 4095
    other = one.repair(frame.with_mosaic(damaged, "damage"), defects)
    np.testing.assert_array_equal(repair.values, other.values)
    result = apply_repair(frame, defects, repair, way)
    np.testing.assert_array_equal(result.mosaic[~mask], frame.mosaic[~mask])
    assert (result.mosaic[mask] != frame.mosaic[mask]).any()


@pytest.mark.parametrize("way", WAYS)
def test_blind_changes_are_marked(way: str, file: str) -> None:
    frame = frames.textured(Cfa.parse("GRBG"), shape=(75, 82))
    out, found = stage(f"{way}_blind", weights=file, threshold=0.2)(frame)
    changed = out.mosaic != frame.mosaic
    assert changed.any()
    assert not (changed & ~found.mask()).any()
    assert f"{way}_blind" in found.source


def test_both_forms_of_every_way_are_stages() -> None:
    assert {*WAYS, *(f"{way}_blind" for way in WAYS)} <= set(stage_names())


@pytest.mark.parametrize("way", [w for w in WAYS if not (WEIGHTS / f"{w}.safetensors").is_file()])
def test_a_way_that_ships_no_weights_says_how_to_get_some(way: str) -> None:
    frame = frames.textured(Cfa.parse("RGGB"))
    defects = frames.defects_of(frame, square(frame))
    with pytest.raises(StageError, match=f"isp train {way}"):
        stage(way).repair(frame, defects)
    with pytest.raises(StageError, match="weights"):
        stage(f"{way}_blind")(frame)


def test_a_generator_of_rgb_pictures_is_refused(tmp_path: Path) -> None:
    frame = frames.textured(Cfa.parse("RGGB"))
    defects = frames.defects_of(frame, square(frame))
    with pytest.raises(WeightsError, match="3 channels"):
        stage("inpainter", weights=weights(tmp_path, 3)).repair(frame, defects)


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    frame = frames.textured(Cfa.parse("RGGB"))
    defects = frames.defects_of(frame, square(frame))
    hostile = tmp_path / "hostile.safetensors"
    hostile.write_bytes(b"\x80\x04cos\nsystem\n" * 10)
    for path in (hostile, tmp_path / "missing.safetensors"):
        with pytest.raises(IspError, match=path.name):
            stage("inpainter", weights=str(path)).repair(frame, defects)


def test_the_overlap_is_wide_enough_for_tiles_not_to_show(file: str) -> None:
    frame = frames.textured(Cfa.parse("RGGB"), shape=(260, 300))
    place = Place.of("cpu", "float32")
    torch.manual_seed(5)
    network = place.ready(Generator(4))
    small, whole = (
        reconstruct(
            frame, network, multiple=MULTIPLE, tile_px=tile, overlap_px=OVERLAP_PX, place=place
        )
        for tile in (32, 400)
    )
    np.testing.assert_allclose(small, whole, rtol=1e-5, atol=0.05)


def test_windows_fit_the_network() -> None:
    assert SIDE_PX % MULTIPLE == 0
