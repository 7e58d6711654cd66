import numpy as np
import pytest

from isp.cfa import Cfa
from isp.defects import DefectMap
from isp.metrics.regions import clusters_of
from isp.metrics.ring import good_pixel_figures, ring_delta_e
from isp.metrics.texture import texture_ratio

SHAPE = (32, 36)


@pytest.fixture
def block():
    mask = np.zeros(SHAPE, bool)
    mask[10:18, 12:20] = True
    return DefectMap.from_mask(mask, cluster=0)


def test_errors_on_defects_do_not_count_for_good_pixels(block):
    bad = block.mask()
    nothing = np.zeros(SHAPE, bool)
    found = good_pixel_figures(np.where(bad, 0.7, 0.0), bad, bad, nothing)
    assert found == {
        "good_changed_ppm": 0, "ring_rmse_encoded": 0, "ring_changed_share": 0
    }  # fmt: skip


def test_a_changed_good_pixel_counts_unless_it_is_left_out(block):
    bad, changed = block.mask(), np.zeros(SHAPE, bool)
    changed[9, 12] = changed[0, 0] = True  # one in the ring, one far away
    error, nothing = np.where(changed, 0.5, 0.0), np.zeros(SHAPE, bool)
    found = good_pixel_figures(error, changed, bad, nothing)
    ring = 16 * 16 - 64
    assert found["ring_changed_share"] == pytest.approx(1 / ring)
    assert found["ring_rmse_encoded"] == pytest.approx(np.sqrt(0.25 / ring))
    assert found["good_changed_ppm"] == pytest.approx(2e6 / (32 * 36 - 64))
    assert good_pixel_figures(error, changed, bad, changed)["good_changed_ppm"] == 0


def test_without_defects_there_is_no_ring():
    nothing = np.zeros(SHAPE, bool)
    found = good_pixel_figures(np.zeros(SHAPE), nothing, nothing, nothing)
    assert found == {"good_changed_ppm": 0}
    assert np.isnan(ring_delta_e(np.zeros(SHAPE), nothing, nothing))


def test_a_smooth_hole_has_no_texture_and_the_scene_has_its_own(block):
    rng = np.random.default_rng(5)
    scene = 0.5 + 0.1 * rng.standard_normal(SHAPE)
    colours, clusters = Cfa.parse("GRBG").index_map(SHAPE), clusters_of(block)
    assert texture_ratio(scene, colours, block, clusters) == pytest.approx(1, abs=0.35)
    smooth = np.where(block.mask(), 0.5, scene)
    assert texture_ratio(smooth, colours, block, clusters) == 0
    half = np.where(block.mask(), 0.5 + (scene - 0.5) / 2, scene)
    whole = texture_ratio(scene, colours, block, clusters)
    assert texture_ratio(half, colours, block, clusters) == pytest.approx(whole / 4)


def test_texture_of_singles_cannot_be_told():
    single = DefectMap.of([4], [5], SHAPE)
    colours = Cfa.parse("RGGB").index_map(SHAPE)
    assert np.isnan(texture_ratio(np.ones(SHAPE), colours, single, clusters_of(single)))
