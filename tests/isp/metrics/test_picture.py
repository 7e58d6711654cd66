import colour
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from isp.errors import FrameError
from isp.frame import Area
from isp.metrics.picture import area_figures, global_figures, model_score, picture_errors


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    reference = rng.random((40, 52, 3)) * np.linspace(0.1, 1, 52)[:, None]
    test = reference.copy()
    test[10:20, 20:31] = rng.random((10, 11, 3))
    return reference, test


def test_global_figures_are_those_of_scikit_image_and_colour(pair):
    reference, test = pair
    found = global_figures(picture_errors(reference, test))
    assert found["global_psnr_db"] == pytest.approx(
        peak_signal_noise_ratio(reference, test, data_range=1)
    )
    assert found["global_ssim"] == pytest.approx(
        structural_similarity(reference, test, win_size=7, data_range=1, channel_axis=-1)
    )
    lab = [colour.XYZ_to_Lab(colour.sRGB_to_XYZ(p)) for p in pair]
    assert found["global_delta_e"] == pytest.approx(np.mean(colour.delta_E(*lab)))


def test_area_figures_are_those_of_the_cut_out_boxes(pair):
    boxes = [Area(10, 20, 10, 11), Area(0, 45, 7, 7)]
    found = area_figures(picture_errors(*pair), boxes)
    cut = [[p[box.slices] for p in pair] for box in boxes]
    similar = [structural_similarity(*c, win_size=7, data_range=1, channel_axis=-1) for c in cut]
    assert found["area_ssim"] == pytest.approx(np.mean(similar))
    flat = [np.concatenate([c[k].reshape(-1) for c in cut]) for k in (0, 1)]
    assert found["area_psnr_db"] == pytest.approx(peak_signal_noise_ratio(*flat, data_range=1))


def test_identical_pictures_are_perfect(pair):
    errors = picture_errors(pair[0], pair[0])
    found = {**global_figures(errors), **area_figures(errors, [Area(3, 3, 9, 8)])}
    assert found["global_ssim"] == pytest.approx(1) and found["area_ssim"] == pytest.approx(1)
    assert found["global_delta_e"] == 0 and found["area_delta_e"] == 0
    assert model_score(found) == pytest.approx(2 * (100 + 100))


def test_pictures_of_other_shapes_are_refused(pair):
    with pytest.raises(FrameError, match="one shape"):
        picture_errors(pair[0], pair[1][:-1])
    with pytest.raises(FrameError, match="at least 7×7"):
        picture_errors(pair[0][:6], pair[1][:6])
