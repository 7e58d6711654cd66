"""The whole line of local stages against LibRaw's own rendering at equal settings."""

import numpy as np
import pytest
import rawpy

import isp
from isp.segments import run_segment

EOS_550D = ((0.6941, -0.1164, -0.0857), (-0.3825, 1.1597, 0.2345), (-0.0416, 0.1540, 0.6039))
CAMERA_FILES = [
    "tinydng_colorchart.dng",
    "RAW_KODAK_DC50.KDC",
    "mex2025_rpi-gs_c21ff2bc_image.dng",
    "mex2025_rpi-gs_2e7ec634_image_0.dng",
]


def developed(frame, demosaic):
    """The active area's picture, sRGB-encoded, 0 to 1."""
    frame = frame.crop(frame.meta.active_area)
    names = ["black_level", "white_balance", "highlight_clip", demosaic, "camera_matrix", "gamma"]
    plans = []
    for name in names:
        params = {"output": "float32"} if name == "gamma" else {}
        plans.append(isp.stage(name, **params).plan(plans[-1].out if plans else frame.meta))
    return run_segment(frame, plans).pixels


def rendered(path, frame, algorithm):
    """LibRaw's picture with our gains, sRGB curve, nothing automatic, 0 to 1."""
    red, green, blue = frame.meta.white_balance
    with rawpy.imread(str(path)) as raw:
        picture = raw.postprocess(
            demosaic_algorithm=algorithm,
            user_wb=[red, green, blue, green],
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
            highlight_mode=rawpy.HighlightMode.Clip,
            output_color=rawpy.ColorSpace.sRGB,
            gamma=(2.4, 12.92),
            output_bps=16,
            user_flip=0,
        )
    return picture / 65535


def mean_ciede2000(a, b):
    """Mean colour difference over every fifth row and column (all CFA sites), borders left out."""
    import colour

    lab = [
        colour.XYZ_to_Lab(colour.sRGB_to_XYZ(picture[4:-4:5, 4:-4:5].astype(np.float64)))
        for picture in (a, b)
    ]
    return float(np.mean(colour.delta_E(*lab, method="CIE 2000")))


@pytest.mark.parametrize("name", CAMERA_FILES)
def test_camera_files_look_as_libraw_renders_them(shared_data, name):
    path = shared_data / "raw" / name
    frame = isp.read(path)
    linear = rendered(path, frame, rawpy.DemosaicAlgorithm.LINEAR)
    assert mean_ciede2000(developed(frame, "bilinear"), linear) < 0.1
    adaptive = rendered(path, frame, rawpy.DemosaicAlgorithm.AHD)
    assert mean_ciede2000(developed(frame, "malvar"), adaptive) < 3.0
    assert mean_ciede2000(developed(frame, "menon"), adaptive) < 3.0


@pytest.mark.parametrize("phase", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_a_written_dng_renders_alike_in_every_phase(tmp_path, phase):
    rng = np.random.default_rng(0)
    scene = np.kron(rng.uniform(0.02, 0.5, (8, 10)), np.ones((12, 12)))
    mosaic = np.rint(512 + scene * (15000 - 512)).astype(np.uint16)
    frame = isp.RawFrame.of(
        mosaic,
        phase,
        black_dn=512.0,
        white_dn=15000.0,
        white_balance=(2.1, 1.0, 1.4),
        camera_matrix=EOS_550D,
    )
    path = tmp_path / "scene.dng"
    isp.write(path, frame)
    assert (
        mean_ciede2000(
            developed(frame, "bilinear"), rendered(path, frame, rawpy.DemosaicAlgorithm.LINEAR)
        )
        < 0.1
    )
