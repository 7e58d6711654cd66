"""The camera matrix measured from LibRaw's rendering."""

import numpy as np
import pytest

import isp
from isp.io.libraw_matrix import measured_camera_to_srgb
from isp.io.matrices import XYZ_TO_SRGB

MATRIX = np.array([[1.8, -0.3, -0.5], [-0.4, 1.8, -0.4], [-0.7, -1.3, 3.0]])


class Rendering:
    """Stands for a file that LibRaw renders: codes in camera RGB, and in sRGB by a rule."""

    def __init__(self, to_srgb, pixels=4000, seed=0):
        self.camera = np.random.default_rng(seed).uniform(15000, 30000, (1, pixels, 3)).round()
        self.to_srgb = to_srgb

    def postprocess(self, *, output_color, **_):
        return (self.camera if output_color.name == "raw" else self.to_srgb(self.camera)).round()


def test_a_matrix_is_found_within_the_rounding():
    found = measured_camera_to_srgb(Rendering(lambda x: np.clip(x @ MATRIX.T, 0, 65535)))
    np.testing.assert_allclose(found, MATRIX, atol=1e-4)


@pytest.mark.parametrize(
    ("rule", "pixels"),
    [
        (lambda x: x, 4000),  # LibRaw has none
        (lambda x: 60000 * (x / 65535) ** 2, 4000),  # no matrix does this
        (lambda x: x @ MATRIX.T, 500),  # too few pixels
    ],
)
def test_nothing_is_made_up(rule, pixels):
    assert measured_camera_to_srgb(Rendering(rule, pixels)) is None


def test_a_camera_whose_matrix_libraw_keeps_back_gets_it(shared_data):
    frame = isp.read(shared_data / "raw" / "RAW_KODAK_DC50.KDC")
    assert frame.meta.active_area == isp.Area(0, 0, 512, 768)
    assert frame.meta.camera_matrix is not None
    to_camera = np.array(frame.meta.camera_matrix) @ np.linalg.inv(XYZ_TO_SRGB)
    np.testing.assert_allclose(to_camera.sum(axis=1), 1.0, atol=1e-3)
    assert np.abs(to_camera - np.eye(3)).max() > 0.1
