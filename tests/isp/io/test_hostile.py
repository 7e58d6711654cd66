"""Whatever bytes a file has, only `IspError` comes out."""

import io
import random
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import isp
from isp import ReadHints
from isp.io.maps import FORMATS, Geometry

FRAME = Geometry.whole((40, 50))
STARTS = (
    b"",
    b"II*\0",
    b"MM\0*",
    b"\x89PNG\r\n\x1a\n",
    b"\x93NUMPY\x01\0",
    b"SIMPLE  =                    T",
    b"P5\n",
    b"FUJIFILMCCD-RAW",
    b"II\x1a\0\0\0HEAPCCDR",
    b"\0\0\0\x18ftypcrx ",
    b"FOVb",
    b"\xff\xd8\xff\xe0",
    b"\x1f\x8b\x08\0",
    b"# ispsim defect map\n# version: 1\n# frame: 40 50\n# active_area: 0 0 40 50\nrow,col\n",
    struct.pack(">4I", 2, 5, 0x01030000, 1),
    b"1 2 3\n",
)
SUFFIXES = (".dng", ".raw", ".png", ".tif", ".npy", ".fits", ".pgm", ".CR2", ".csv", "")
ALLOWED = isp.IspError


def attempt(path):
    """Every reader there is, over one file."""
    for hints in (None, ReadHints("RGGB"), ReadHints("RGGB", (4, 5), 8)):
        try:
            isp.read(path, hints)
        except ALLOWED as error:
            sentence(error, path)
    try:
        isp.read_photograph(path)
    except ALLOWED as error:
        sentence(error, path)
    for name in (None, *(form.name for form in FORMATS)):
        try:
            isp.read_map(path, FRAME, format=name)
        except ALLOWED as error:
            sentence(error, path)


def sentence(error, path):
    text = str(error)
    assert text.endswith(".") or text.endswith(").")
    assert "\n" not in text
    assert len(text) < 1200


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from(STARTS), body=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES)
)
@example(start=b"", body=b"\n", suffix=".csv")
@example(start=b"\0\0\0\0", body=b"", suffix=".opcodes")
def test_random_bytes(tmp_path, start, body, suffix):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(start + body)
    attempt(path)


def valid_files():
    rng = np.random.default_rng(0)
    frame = isp.RawFrame.of(
        rng.integers(1, 4095, (40, 50)).astype(np.uint16), "GRBG", white_dn=4095
    )
    defects = isp.DefectMap.of([1, 5, 5], [2, 7, 8], (40, 50), severity_dn=[1, 2, 3], cfa=frame.cfa)
    return frame, defects


@pytest.mark.parametrize(
    "name",
    ["a.dng", "a.tif", "a.png", "a.npy", "m.csv", "m.npy", "m.png", "m.opcodes", "m.badpixels"],
)
def test_cut_and_flipped(tmp_path, name):
    """Valid files cut at any place, and with bytes changed."""
    frame, defects = valid_files()
    whole = tmp_path / name
    if name.startswith("a"):
        isp.write(whole, frame)
    else:
        isp.write_map(whole, defects)
    data = whole.read_bytes()
    dice = random.Random(0)
    for turn in range(24):
        at = dice.randrange(len(data)) if turn % 3 else dice.randrange(min(len(data), 400))
        tail = b"" if turn % 2 else bytes([dice.randrange(256)]) + data[at + 1 :]
        path = tmp_path / f"cut-{name}"
        path.write_bytes((data[:at] + tail) or b"\0")
        attempt(path)


@pytest.mark.parametrize("name", ["a.dng", "a.tif", "a.png", "a.npy"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_cut_frames_never_pass(tmp_path, name, share):
    frame, _ = valid_files()
    isp.write(tmp_path / name, frame)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(isp.IspError):
        isp.read(tmp_path / name, ReadHints("GRBG"))


def test_cut_fits(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    buffer = io.BytesIO()
    fits.PrimaryHDU(valid_files()[0].mosaic).writeto(buffer)
    data = buffer.getvalue()
    for end in (100, 2880, 4000):
        (tmp_path / "a.fits").write_bytes(data[:end])
        with pytest.raises(isp.IspError):
            isp.read(tmp_path / "a.fits", ReadHints("RGGB"))


def test_real_broken_files(shared_data, capfd):
    files = sorted((shared_data / "raw" / "truncated").iterdir())
    assert len(files) >= 14
    for path in files:
        with pytest.raises(isp.IspError, match=path.name.replace(" ", ".")) as caught:
            isp.read(path)
        sentence(caught.value, path)
    assert capfd.readouterr().err == ""


def test_real_frames_that_are_no_mosaics(shared_data):
    files = sorted((shared_data / "raw" / "nonbayer").iterdir())
    assert len(files) == 3
    for path in files:
        with pytest.raises(isp.IspError, match="not a mosaic"):
            isp.read(path)
