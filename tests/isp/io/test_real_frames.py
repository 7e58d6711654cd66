"""Every real frame of the sample data: CFA, levels, geometry and metadata as measured elsewhere."""

import numpy as np
import pytest

import isp
from isp import ReadHints
from isp.frame import Area

HEADERLESS = {
    "raw/infinite-isp_ColorChecker_1920x1080_12bit_BGGR.raw": ("BGGR", (1920, 1080), 12, 4092),
    "raw/infinite-isp-rm_Indoor1_2592x1536_8bit_GRBG.raw": ("GRBG", (2592, 1536), 8, 255),
    "raw/infinite-isp-rm_Outdoor1_2592x1536_8bit_GRBG.raw": ("GRBG", (2592, 1536), 8, 255),
    "raw/openISP_test_1920x1080_16le.raw": ("RGGB", (1920, 1080), 10, 1020),
    "raw/mushfiq_DSC_1339_768x512_rggb.raw": ("RGGB", (768, 512), 14, 16383),
    "raw/mushfiq_DSC_1339_768x512_bggr.raw": ("BGGR", (768, 512), 14, 16383),
    "raw/mushfiq_DSC_1339_768x512_grbg.raw": ("GRBG", (768, 512), 14, 16383),
    "defects/infinite-isp-tuning_BlackImage_1920x1080_12bits_BGGR.raw": (
        "BGGR",
        (1920, 1080),
        12,
        2816,
    ),
}


@pytest.mark.parametrize("name", HEADERLESS)
def test_headerless(shared_data, name):
    cfa, size, bits, top = HEADERLESS[name]
    path = shared_data / name
    with pytest.raises(isp.IspError, match="--cfa"):
        isp.read(path)
    frame = isp.read(path, ReadHints(cfa, size, bits))
    assert frame.shape == (size[1], size[0])
    assert int(frame.mosaic.max()) == top
    assert frame.levels.step_dn == (4 if "openISP" in name else 1)


def test_kodak(shared_data):
    frame = isp.read(shared_data / "raw" / "RAW_KODAK_DC50.KDC")
    assert (frame.shape, frame.cfa.name) == ((512, 768), "GRBG")
    assert (int(frame.mosaic.min()), int(frame.mosaic.max())) == (23, 16383)
    assert frame.meta.exposure_s == pytest.approx(0.00435)
    assert frame.meta.gain == pytest.approx(84)
    assert "DC50" in frame.meta.camera


def test_magic_lantern(shared_data):
    frame = isp.read(shared_data / "raw" / "tinydng_colorchart.dng")
    assert (frame.shape, frame.cfa.name) == ((1182, 1888), "RGGB")
    assert frame.meta.active_area == Area(26, 152, 1156, 1734)
    assert (set(frame.levels.black.ravel()), set(frame.levels.white.ravel())) == ({2056}, {15000})
    assert frame.meta.white_balance == pytest.approx((2.477, 1, 1.694), abs=1e-3)
    assert frame.meta.camera_matrix[0] == pytest.approx((0.6461, -0.1164, -0.0857))
    assert frame.meta.exposure_s is None  # the file says 0 s


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("raw/mex2025_rpi-gs_c21ff2bc_image.dng", 60, 176),
        ("raw/mex2025_rpi-gs_2e7ec634_image_0.dng", 732, 1023),
        ("defects/mex2025_rpi-gs_dark_frame_c5dfe1e7.dng", 57, 63),
    ],
)
def test_raspberry_pi(shared_data, name, low, high):
    frame = isp.read(shared_data / name)
    assert (frame.shape, frame.cfa.name) == ((1088, 1456), "BGGR")
    assert (int(frame.mosaic.min()), int(frame.mosaic.max())) == (low, high)
    assert (set(frame.levels.black.ravel()), set(frame.levels.white.ravel())) == ({60}, {1023})
    assert frame.meta.camera_matrix is not None


def test_star_field(shared_data):
    pytest.importorskip("astropy")
    frame = isp.read(shared_data / "raw" / "seestar_M94_20250327-014513_GRBG_1080x1920.fit")
    assert (frame.shape, frame.cfa.name, frame.mosaic.dtype) == ((1920, 1080), "GRBG", np.uint16)
    assert (frame.meta.exposure_s, frame.meta.temperature_c) == (10.0, 17.875)


def test_png_mosaic(shared_data):
    path = shared_data / "raw" / "halide_bayer_small_256x344_10bit_GRBG.png"
    with pytest.raises(isp.IspError, match="--cfa"):
        isp.read(path)
    frame = isp.read(path, ReadHints("GRBG", bits=10))
    assert frame.shape == (344, 256)
    assert set(frame.levels.white.ravel()) == {1023}
    assert set(frame.levels.clip.ravel()) == {1053}


def test_x_ray_panel_has_a_header_of_its_own(shared_data):
    with pytest.raises(isp.IspError, match="524388 bytes; 512×512 pixels of 16 bits take 524288"):
        isp.read(
            shared_data / "defects" / "Bildserie1_160kV_0uA.his", ReadHints("MONO", (512, 512), 16)
        )
