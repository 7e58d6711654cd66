import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from isp.metrics.catalogue import FIGURES
from isp.metrics.pixels import (
    PSNR_CAP_DB,
    PixelSamples,
    defect_psnr_db,
    mse_less_noise,
    pixel_figures,
    psnr_db,
    residual_share,
    rmse_sigma,
)


def samples(reference_dn, test_dn, sigma_dn=10.0, full_scale_dn=1000.0, code_variance=0.0):
    reference, test = np.asarray(reference_dn, float), np.asarray(test_dn, float)
    scale = np.full(len(reference), float(full_scale_dn))
    sigma = np.full(len(reference), float(sigma_dn))
    grid = np.full(len(reference), float(code_variance))
    return PixelSamples(reference, test, reference / scale, test / scale, sigma, scale, grid)


def test_psnr_is_scikit_images():
    rng = np.random.default_rng(1)
    a, b = rng.random((40, 30)), rng.random((40, 30))
    assert psnr_db(b - a) == pytest.approx(peak_signal_noise_ratio(a, b, data_range=1.0))
    assert psnr_db(255 * (b - a), peak=255) == pytest.approx(psnr_db(b - a))


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=30))
def test_an_exact_repair_is_perfect(values):
    exact = samples(values, values)
    figures = pixel_figures(exact, noisy_reference=False)
    assert figures["defect_psnr_db"] == pytest.approx(PSNR_CAP_DB)
    for name in ("bias_percent", "bias_encoded", "rmse_sigma", "p95_encoded", "residual_share"):
        assert figures[f"defect_{name}"] == 0


def test_figures_by_hand():
    found = pixel_figures(samples([100, 200, 300, 400], [110, 180, 300, 430]), noisy_reference=True)
    assert found["defect_psnr_db"] == pytest.approx(-10 * np.log10((1e2 + 4e2 + 9e2) / 4 / 1e6))
    assert found["defect_bias_percent"] == pytest.approx(100 * 20 / 4 / 1000)
    assert found["defect_rmse_sigma"] == pytest.approx(np.sqrt(1400 / 4) / 10)
    assert found["defect_p95_encoded"] == pytest.approx(np.percentile([0.01, 0.02, 0, 0.03], 95))
    assert found["defect_mse_less_noise"] == pytest.approx((1400 / 4 - 100) / 1000**2 * 1e4)
    assert set(found) <= set(FIGURES)


@pytest.mark.parametrize("off_dn", [0.0, 0.2])
def test_luck_on_the_code_grid_counts_for_nothing(off_dn):
    step = 1 / 1000
    lucky = samples([100, 200, 300], np.array([100, 200, 300]) + off_dn, code_variance=step**2 / 12)
    assert defect_psnr_db(lucky) == pytest.approx(10 * np.log10(12e6))


def test_the_code_grid_is_no_limit_beyond_its_noise():
    off = samples([100, 200, 300], [101, 200, 300], code_variance=1e-6 / 12)
    assert defect_psnr_db(off) == pytest.approx(10 * np.log10(3e6))


def test_a_residual_defect_must_exceed_both_bounds():
    # off by: 60 of 1000 (over 5 %, over 5 σ), 40 of 1000 (under 5 %), 40 of 100 (under 5 σ)
    many = samples([1000, 1000, 100, 100], [1060, 1040, 140, 160])
    assert residual_share(many) == pytest.approx(2 / 4)
    assert residual_share(samples([1000, 100], [1040, 106], sigma_dn=np.nan)) == pytest.approx(0.5)


def test_sigma_figures_need_a_noise_model():
    unknown = samples([100, 200], [110, 190], sigma_dn=np.nan)
    assert np.isnan(rmse_sigma(unknown))
    figures = pixel_figures(unknown, noisy_reference=True)
    assert "defect_rmse_sigma" not in figures
    assert "defect_mse_less_noise" not in figures


def test_mse_less_noise_finds_the_error_against_the_scene_behind_the_noise():
    rng = np.random.default_rng(2)
    scene, sigma, off = np.full(200_000, 500.0), 20.0, 7.0
    noisy = scene + rng.normal(0, sigma, scene.shape)
    found = mse_less_noise(samples(noisy, scene + off, sigma_dn=sigma))
    assert found == pytest.approx(off**2 / 1000**2 * 1e4, rel=0.1)


def test_selecting_samples_keeps_their_order():
    part = samples([1, 2, 3, 4], [5, 6, 7, 8]).select(np.array([True, False, False, True]))
    assert part.reference_dn.tolist() == [1, 4]
    assert part.error_dn.tolist() == [4, 4]
