import numpy as np
import pytest

from isp.defects import DefectMap
from isp.metrics.regions import ring_mask
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
    slope = np.linspace(0, 0.6, SHAPE[1])  # must not count as texture
    scene = 0.2 + slope + 0.05 * rng.standard_normal(SHAPE)
    bad = block.mask()
    around = ring_mask(bad)
    whole = texture_ratio(scene, (2, 2), bad, around)
    assert whole == pytest.approx(1, abs=0.3)
    assert texture_ratio(np.where(bad, 0.5, scene), (2, 2), bad, around) == 0
    flatter = np.where(bad, scene - slope, scene)
    assert texture_ratio(flatter, (2, 2), bad, around) == pytest.approx(whole, rel=0.1)


def test_texture_by_hand():
    encoded = np.zeros((6, 6))
    encoded[0, 0], encoded[0, 2], encoded[2, 0] = 0.1, 0.4, 0.3
    repaired = np.zeros((6, 6), bool)
    repaired[[0, 0, 2], [0, 2, 0]] = True
    around = np.zeros((6, 6), bool)
    around[4, :] = True  # differences of 1 two columns apart
    encoded[4] = [0, 0, 1, 1, 0, 0]
    assert texture_ratio(encoded, (2, 2), repaired, around) == pytest.approx((0.09 + 0.04) / 2 / 1)


def test_texture_of_singles_cannot_be_told():
    single = np.zeros(SHAPE, bool)
    single[4, 5] = True
    assert np.isnan(texture_ratio(np.ones(SHAPE), (2, 2), single, ring_mask(single)))
