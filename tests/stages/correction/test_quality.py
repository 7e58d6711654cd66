"""Leads between correctors on photographs: paired, so that the draw of crops does not matter."""

import numpy as np
import pytest

import isp
from isp.defects import DefectMap
from isp.frame import RawFrame

BLACK, WHITE, SIDE = 256, 4095, 256


def _encoded(dn):
    part = np.clip((dn.astype(float) - BLACK) / (WHITE - BLACK), 0, 1)
    return np.where(part <= 0.0031308, 12.92 * part, 1.055 * part ** (1 / 2.4) - 0.055)


def _mosaic(path, rng):
    from skimage.io import imread

    picture = imread(path) / 255.0
    top, left = (rng.integers(0, (n - SIDE) // 2 + 1) * 2 for n in picture.shape[:2])
    crop = picture[top : top + SIDE, left : left + SIDE]
    light = np.where(crop <= 0.04045, crop / 12.92, ((crop + 0.055) / 1.055) ** 2.4)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    bayer = np.take_along_axis(light, (rows % 2 + cols % 2)[..., None], 2)[..., 0]
    return np.rint(BLACK + (WHITE - BLACK) * bayer).astype(np.uint16)


def _squares(rng, density):
    mask = np.zeros((SIDE, SIDE), bool)
    for _ in range(3):
        side = rng.integers(7, 13)
        r, c = rng.integers(0, SIDE - side, 2)
        mask[r : r + side, c : c + side] |= rng.random((side, side)) < density
    return mask


@pytest.fixture(scope="module")
def cases(shared_data):
    rng = np.random.default_rng(2024)
    found = {1.0: [], 0.5: []}
    for path in sorted((shared_data / "bench" / "Kodak24").glob("*.png")):
        reference = _mosaic(path, rng)
        for density, list_ in found.items():
            mask = _squares(rng, density)
            damaged = np.where(mask, BLACK, reference).astype(np.uint16)
            frame = RawFrame.of(damaged, "RGGB", black_dn=BLACK, white_dn=WHITE)
            list_.append((reference, frame, DefectMap.from_mask(mask, cfa=frame.cfa)))
    return found


def _psnr_db(name, cases):
    stage = isp.stage(name)
    found = []
    for reference, frame, defects in cases:
        fixed = stage(frame, defects).mosaic
        error = (_encoded(fixed) - _encoded(reference))[defects.rows, defects.cols]
        found.append(-10 * np.log10(np.mean(error**2)))
    return np.array(found)


@pytest.mark.parametrize(
    ("better", "worse", "density", "least_db"),
    [
        ("harmonic", "masked_median", 1.0, 0.4),
        ("navier_stokes", "masked_median", 1.0, 0.2),
        ("directional", "navier_stokes", 1.0, 0.4),
        ("guided", "harmonic", 1.0, 0.3),
        ("guided", "harmonic", 0.5, 1.0),
        ("masked_median", "rawpy_repair", 1.0, 10.0),
    ],
)
def test_leads_hold_on_photographs(cases, better, worse, density, least_db):
    lead = _psnr_db(better, cases[density]) - _psnr_db(worse, cases[density])
    assert lead.mean() > least_db
