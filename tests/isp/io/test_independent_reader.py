"""Raw developers that are not ours read our opcode list: darktable applies it, LibRaw leaves it be."""

import os
import shutil
import subprocess

import numpy as np
import pytest
import rawpy
import tifffile

import isp
from isp.defects import DefectKind
from isp.frame import Area
from isp.io.maps import opcodes

AREA = Area(3, 5, 190, 220)
SINGLES = [(50, 60), (51, 121), (100, 80), (101, 161), (150, 200)]  # every CFA site
COLUMN = 31
MATRIX = ((0.6461, -0.1164, -0.0857), (-0.3825, 1.1597, 0.2534), (-0.0416, 0.154, 0.6039))
UNSEEN = 0.01  # of the output's range


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A ramp as it was, with bright pixels and a bright column, and the same with an opcode list."""
    rows, cols = np.mgrid[:200, :240]
    noise = np.random.default_rng(0).normal(0, 4, rows.shape)
    clean = isp.RawFrame.of(
        np.rint(800 + 4 * cols + 3 * rows + noise).astype(np.uint16),
        "RGGB",
        black_dn=256,
        white_dn=4095,
        active_area=AREA,
        camera_matrix=MATRIX,
        white_balance=(2.0, 1.0, 1.5),
    )
    mosaic = clean.mosaic.copy()
    mosaic[tuple(zip(*SINGLES, strict=True))] = 4095
    mosaic[:, COLUMN] = 4095
    damaged = clean.with_mosaic(mosaic, "damage")
    bad = [*SINGLES, *((row, COLUMN) for row in range(200))]
    kind = [DefectKind.STUCK_HIGH] * len(SINGLES) + [DefectKind.COLUMN] * 200
    defects = isp.DefectMap.for_frame(*zip(*bad, strict=True), damaged, kind=kind)
    folder = tmp_path_factory.mktemp("reader")
    isp.write(folder / "clean.dng", clean)
    isp.write(folder / "damaged.dng", damaged)
    isp.write(folder / "listed.dng", damaged, opcode_list1=opcodes.encode(defects))
    return folder


def developed(path, home):
    """The file as darktable develops it, float64 (h, w, 3), 0 to 1."""
    out = path.with_suffix(".tif")
    command = ["darktable-cli", path, out, "--apply-custom-presets", "0", "--core"]
    options = ["--configdir", home, "--cachedir", home, "--library", ":memory:", "-t", "1"]
    depth = ["--conf", "plugins/imageio/format/tiff/bpp=16"]
    environment = {**os.environ, "HOME": str(home), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*command, *options, *depth], check=True, capture_output=True, timeout=120, env=environment
    )
    return tifffile.imread(out).astype(np.float64) / 65535


@pytest.mark.skipif(shutil.which("darktable-cli") is None, reason="darktable-cli is not installed")
def test_darktable_repairs_the_listed_pixels(files, tmp_path):
    clean, damaged, listed = (
        developed(files / f"{name}.dng", tmp_path) for name in ("clean", "damaged", "listed")
    )
    before, after = np.abs(damaged - clean).max(axis=2), np.abs(listed - clean).max(axis=2)
    for row, col in [*SINGLES, (100, COLUMN)]:
        here = (slice(row - AREA.top - 1, row - AREA.top + 2), col - AREA.left)
        assert before[here].max() > 0.1
        assert after[here].max() < UNSEEN
    assert after.max() < UNSEEN  # nothing else changed


def test_libraw_hands_out_the_codes_as_stored(files):
    """LibRaw knows the list and does not apply it: its users correct by themselves."""
    paths = (str(files / f"{name}.dng") for name in ("listed", "damaged"))
    with rawpy.imread(next(paths)) as listed, rawpy.imread(next(paths)) as damaged:
        assert np.array_equal(listed.raw_image, damaged.raw_image)
        assert np.array_equal(listed.postprocess(), damaged.postprocess())
