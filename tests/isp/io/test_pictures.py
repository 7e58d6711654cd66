"""Pictures out, photographs in."""

import cv2
import numpy as np
import pytest
import tifffile

import isp
from isp.frame import Area, FrameMeta
from isp.io.photograph import is_photograph
from isp.levels import Levels

SHAPE = (11, 14)


def picture(dtype, area=None):
    rng = np.random.default_rng(0)
    pixels = rng.random((*SHAPE, 3))
    if np.dtype(dtype).kind == "u":
        pixels = pixels * np.iinfo(dtype).max
    pixels = pixels.astype(dtype)
    meta = FrameMeta(
        SHAPE,
        dtype,
        isp.Cfa.parse("RGGB"),
        Levels.of(0, 1),
        active_area=area,
        space="display",
    )
    return isp.RgbFrame(pixels, meta)


@pytest.mark.parametrize("suffix", (".png", ".tif"))
@pytest.mark.parametrize("dtype", (np.uint8, np.uint16))
def test_depth_is_kept(tmp_path, suffix, dtype):
    frame = picture(dtype, Area(1, 2, 9, 10))
    isp.write(tmp_path / f"a{suffix}", frame)
    back = cv2.imread(str(tmp_path / f"a{suffix}"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert back.dtype == dtype
    assert np.array_equal(back, frame.active())


@pytest.mark.parametrize(("suffix", "bits"), [(".png", 8), (".tif", 16)])
def test_float_is_scaled(tmp_path, suffix, bits):
    frame = picture(np.float32)
    isp.write(tmp_path / f"a{suffix}", frame)
    read = tifffile.imread if suffix == ".tif" else lambda p: cv2.imread(str(p), -1)[..., ::-1]
    back = read(tmp_path / f"a{suffix}")
    assert back.dtype == f"u{bits // 8}"
    assert np.abs(back / (2**bits - 1) - frame.pixels).max() < 0.51 / (2**bits - 1)
    isp.write(tmp_path / f"a{suffix}", frame, bits=24 - bits, force=True)
    assert read(tmp_path / f"a{suffix}").dtype == f"u{(24 - bits) // 8}"


def test_float_out_of_range_is_clipped(tmp_path):
    frame = picture(np.float32)
    pixels = frame.pixels.copy()
    pixels[0, 0] = (-1, 2, np.nan)
    isp.write(tmp_path / "a.png", isp.RgbFrame(pixels, frame.meta))
    assert cv2.imread(str(tmp_path / "a.png"))[0, 0, ::-1].tolist() == [0, 255, 0]


def test_existing_files_stay(tmp_path):
    (tmp_path / "a.png").write_bytes(b"mine")
    with pytest.raises(isp.IspError, match="already exists"):
        isp.write(tmp_path / "a.png", picture(np.uint8))
    assert (tmp_path / "a.png").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ("a", "a.jpg", "a.dng"))
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(isp.IspError, match="no suffix that names a format for a picture"):
        isp.write(tmp_path / name, picture(np.uint8))


def test_opcodes_only_in_dng(tmp_path):
    frame = isp.RawFrame.of(np.ones((30, 30), np.uint16), "RGGB")
    with pytest.raises(isp.IspError, match="Only a DNG holds opcodes"):
        isp.write(tmp_path / "a.npy", frame, opcode_list1=b"\0\0\0\0")


@pytest.mark.parametrize("suffix", (".png", ".tif"))
@pytest.mark.parametrize("dtype", (np.uint8, np.uint16))
@pytest.mark.parametrize("channels", (1, 3, 4))
def test_photographs(tmp_path, suffix, dtype, channels):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, np.iinfo(dtype).max, (*SHAPE, channels)).astype(dtype)
    stored = pixels[..., [2, 1, 0, 3][:channels]] if channels >= 3 else pixels
    cv2.imwrite(str(tmp_path / f"a{suffix}"), stored)
    read = isp.read_photograph(tmp_path / f"a{suffix}")
    expected = pixels[..., :3] if channels >= 3 else np.repeat(pixels, 3, axis=2)
    assert read.dtype == np.float32
    assert np.allclose(read, expected / np.iinfo(dtype).max, atol=1e-6)


def test_jpeg(tmp_path):
    smooth = np.mgrid[0:64, 0:80].sum(0).astype(np.uint8)
    pixels = np.stack([smooth, 200 - smooth, smooth // 2], axis=2)
    cv2.imwrite(str(tmp_path / "a.jpg"), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    read = isp.read_photograph(tmp_path / "a.jpg")
    assert np.abs(read - pixels / 255).mean() < 0.02
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "b.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(isp.IspError, match="ends before its picture"):
        isp.read_photograph(tmp_path / "b.jpg")


@pytest.mark.parametrize("name", ("preview.nef", "preview.DNG", "preview.raw"))
def test_a_jpeg_by_a_camera_files_name_is_no_photograph(tmp_path, name):
    whole = tmp_path / "a.JPG"
    whole.write_bytes(cv2.imencode(".jpg", np.full((8, 8, 3), 90, np.uint8))[1].tobytes())
    assert is_photograph(whole)  # by whichever case
    assert not is_photograph(whole.rename(tmp_path / name))
    with pytest.raises(isp.IspError, match=name):
        isp.read(tmp_path / name)


def test_other_files_are_no_photographs(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(isp.IspError, match="no photograph"):
        isp.read_photograph(tmp_path / "a.txt")


def test_kodak(shared_data):
    read = isp.read_photograph(shared_data / "bench" / "Kodak24" / "kodim01.png")
    assert read.shape == (512, 768, 3)
    assert 0.2 < read.mean() < 0.7
