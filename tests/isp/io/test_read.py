"""Readers: headerless dumps, PNG, PGM, TIFF, npy and FITS, and what is refused with a sentence."""

import os
import struct

import cv2
import numpy as np
import pytest
import tifffile

import isp
from isp import ReadHints
from isp.frame import Area

BAYER = ("RGGB", "BGGR", "GRBG", "GBRG")
DEPTHS = (8, 10, 12, 14, 16)
SHAPE = (23, 28)


def codes(bits=12, dtype=np.uint16, shape=SHAPE):
    rng = np.random.default_rng(bits)
    return rng.integers(1, 1 << bits, shape).astype(dtype)


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("cfa", (*BAYER, "XTRANS", "QUAD_RGGB", "MONO"))
def test_headerless(tmp_path, bits, cfa):
    mosaic = codes(bits, np.uint8 if bits == 8 else np.dtype("<u2"))
    mosaic.tofile(tmp_path / "a.raw")
    frame = isp.read(tmp_path / "a.raw", ReadHints(cfa, (28, 23), bits, black_dn=16))
    assert np.array_equal(frame.mosaic, mosaic)
    assert frame.mosaic.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert frame.cfa == isp.Cfa.parse(cfa)
    assert set(frame.levels.black.ravel()) == {16}
    assert set(frame.levels.white.ravel()) == {2**bits - 1}


def packed(mosaic, bits):
    """CSI-2 packing written out pixel by pixel."""
    out = bytearray()
    group = {10: 4, 12: 2}[bits]
    low = bits - 8
    for row in mosaic.tolist():
        for at in range(0, len(row), group):
            four = row[at : at + group]
            out += bytes(value >> low for value in four)
            out.append(sum((value & ((1 << low) - 1)) << (low * i) for i, value in enumerate(four)))
    return bytes(out)


@pytest.mark.parametrize("bits", (10, 12))
def test_packed(tmp_path, bits):
    mosaic = codes(bits)
    (tmp_path / "a.raw").write_bytes(packed(mosaic, bits))
    frame = isp.read(tmp_path / "a.raw", ReadHints("RGGB", (28, 23), bits))
    assert np.array_equal(frame.mosaic, mosaic)


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        (None, "--size WxH, --bits N, --cfa NAME"),
        (ReadHints(size=(28, 23), bits=12), "describe it with --cfa NAME"),
        (ReadHints("RGGB", (28, 23)), "describe it with --bits N"),
        (ReadHints("RGGB", (28, 24), 12), "1288 bytes; 28×24 pixels of 12 bits take 1344"),
        (ReadHints("RGGB", (1 << 20, 1 << 20), 12), "at most 1073741824 pixels"),
    ],
)
def test_headerless_lacks(tmp_path, hints, message):
    codes().tofile(tmp_path / "a.raw")
    with pytest.raises(isp.IspError, match=message):
        isp.read(tmp_path / "a.raw", hints)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cfa": "RGB"},
        {"size": (0, 5)},
        {"bits": 0},
        {"bits": 17},
        {"white_dn": float("nan")},
        {"black_dn": float("inf")},
    ],
)
def test_wrong_hints(wrong):
    with pytest.raises(isp.IspError):
        ReadHints(**wrong)


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("suffix", (".png", ".tif", ".npy"))
def test_written_mosaics_come_back(tmp_path, bits, suffix):
    dtype = np.uint8 if bits == 8 else np.uint16
    frame = isp.RawFrame.of(codes(bits, dtype), "GBRG", black_dn=7, white_dn=2.0**bits - 1)
    isp.write(tmp_path / f"a{suffix}", frame)
    back = isp.read(tmp_path / f"a{suffix}", ReadHints("GBRG", (28, 23), bits, black_dn=7))
    assert np.array_equal(back.mosaic, frame.mosaic)
    assert back.mosaic.dtype == dtype
    assert back.levels == frame.levels


def test_tiff_says_what_it_holds(tmp_path):
    """Our TIFF has CFA, levels and active area in its tags; other readers see a grey picture."""
    meta = isp.RawFrame.of(codes(), "GRBG", black_dn=64.5, white_dn=4095).meta
    frame = isp.RawFrame(codes(), meta.then("", active_area=Area(3, 5, 18, 20)))
    isp.write(tmp_path / "a.tiff", frame)
    back = isp.read(tmp_path / "a.tiff")
    assert (back.cfa, back.meta.active_area) == (frame.cfa, frame.meta.active_area)
    assert back.levels == frame.levels
    assert np.array_equal(cv2.imread(str(tmp_path / "a.tiff"), cv2.IMREAD_UNCHANGED), codes())
    assert np.array_equal(tifffile.imread(tmp_path / "a.tiff"), codes())


@pytest.mark.parametrize("byteorder", ("<", ">"))
@pytest.mark.parametrize("compression", (None, "zlib"))
def test_tiff_of_others(tmp_path, byteorder, compression):
    tifffile.imwrite(tmp_path / "a.tif", codes(), byteorder=byteorder, compression=compression)
    assert np.array_equal(isp.read(tmp_path / "a.tif", ReadHints("RGGB")).mosaic, codes())


def test_tiff_compressed_otherwise(tmp_path):
    """LZW is read by OpenCV."""
    cv2.imwrite(str(tmp_path / "a.tif"), codes(), [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    assert np.array_equal(isp.read(tmp_path / "a.tif", ReadHints("RGGB")).mosaic, codes())


@pytest.mark.parametrize(("white", "dtype"), [(200, "u1"), (1023, ">u2")])
def test_pgm(tmp_path, white, dtype):
    mosaic = np.minimum(codes(10), white)
    header = f"P5\n# made by hand\n28 23\n# more\n{white}\n".encode()
    (tmp_path / "a.pgm").write_bytes(header + mosaic.astype(dtype).tobytes())
    frame = isp.read(tmp_path / "a.pgm", ReadHints("BGGR"))
    assert np.array_equal(frame.mosaic, mosaic)
    assert set(frame.levels.white.ravel()) == {white}
    (tmp_path / "b.pgm").write_bytes(header + mosaic.astype(dtype).tobytes()[:-1])
    with pytest.raises(isp.IspError, match="cannot be read as PGM"):
        isp.read(tmp_path / "b.pgm", ReadHints("BGGR"))


def write_fits(path, data, **header):
    fits = pytest.importorskip("astropy.io.fits")
    unit = fits.PrimaryHDU(data)
    for key, value in header.items():
        unit.header[key.replace("_", "-")] = value
    unit.writeto(path)


@pytest.mark.parametrize("dtype", (np.uint8, np.uint16, np.int16, np.float32))
def test_fits(tmp_path, dtype):
    data = codes(8 if dtype == np.uint8 else 14).astype(dtype)
    write_fits(
        tmp_path / "a.fits", data, BAYERPAT="GRBG", EXPTIME=2.5, CCD_TEMP=-10.0, INSTRUME="Cam"
    )
    frame = isp.read(tmp_path / "a.fits")
    assert np.array_equal(frame.mosaic, data.astype(np.uint16))
    assert frame.cfa.name == "GRBG"
    assert (frame.meta.exposure_s, frame.meta.temperature_c) == (2.5, -10.0)
    assert frame.meta.camera == "Cam"


def test_fits_rows_bottom_up(tmp_path):
    write_fits(tmp_path / "a.fits", codes(), BAYERPAT="RGGB", ROWORDER="BOTTOM-UP")
    frame = isp.read(tmp_path / "a.fits")
    assert np.array_equal(frame.mosaic, codes()[::-1])
    assert frame.cfa.name == "RGGB"


def test_fits_pattern_offsets(tmp_path):
    write_fits(tmp_path / "a.fits", codes(), BAYERPAT="RGGB", XBAYROFF=1, YBAYROFF=0)
    assert isp.read(tmp_path / "a.fits").cfa.name == "GRBG"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.ones((3, 9, 9), np.uint16), "no two-dimensional image"),
        (np.full((9, 9), 0.5, np.float32), "whole codes from 0 to 65535"),
        (np.full((9, 9), -5, np.int16), "whole codes from 0 to 65535"),
        (np.ones((9, 9), np.uint16), "give one with --cfa"),
    ],
)
def test_fits_refused(tmp_path, data, message):
    write_fits(tmp_path / "a.fits", data)
    with pytest.raises(isp.IspError, match=message):
        isp.read(tmp_path / "a.fits")


def test_steps_of_the_code_grid(tmp_path):
    np.save(tmp_path / "a.npy", codes(10) // 4 * 4 + 4)
    np.save(tmp_path / "b.npy", codes(10))
    assert isp.read(tmp_path / "a.npy", ReadHints("RGGB")).levels.step_dn == 4
    assert isp.read(tmp_path / "b.npy", ReadHints("RGGB")).levels.step_dn == 1


def test_saturation_covers_every_code(tmp_path):
    np.save(tmp_path / "a.npy", codes(12))
    frame = isp.read(tmp_path / "a.npy", ReadHints("RGGB", white_dn=1000))
    assert set(frame.levels.clip.ravel()) == {float(codes(12).max())}


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((9, 9), np.uint16),
        np.ones((9, 9), np.float32),
        np.ones((9, 9), np.int32),
        np.ones((9, 9, 3), np.uint8),
        np.ones(9, np.uint16),
        np.ones((0, 9), np.uint16),
    ],
)
def test_npy_refused(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(isp.IspError):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB"))


def test_a_text_by_the_name_of_an_array_is_refused_in_our_words(tmp_path):
    (tmp_path / "a.npy").write_text("1 2 3\n")
    with pytest.raises(isp.IspError, match="does not begin as a"):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB"))


def test_codes_of_more_bits_than_given_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.full((9, 9), 758, np.uint16))
    with pytest.raises(
        isp.IspError, match=r"codes up to 758; codes of 8 bits .* --bits 10 or more"
    ):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB", bits=8))
    frame = isp.read(tmp_path / "a.npy", ReadHints("RGGB", bits=10))
    assert frame.levels.white.max() == 1023


@pytest.mark.parametrize(
    ("bits", "white", "words"),
    [
        (10, 500, "codes up to 899, beyond its white level of 500"),
        (10, 4095, "10 bits, which end at 1023 below the white level of 4095"),
        (10, 1023, ""),
        (None, 899, ""),
    ],
)
def test_a_white_level_that_the_codes_contradict_is_warned_of(tmp_path, caplog, bits, white, words):
    np.save(tmp_path / "a.npy", np.arange(900, dtype=np.uint16).reshape(30, 30))
    isp.read(tmp_path / "a.npy", ReadHints("RGGB", bits=bits, white_dn=white))
    assert words in caplog.text
    assert bool(words) == bool(caplog.text)


def test_codes_a_little_beyond_the_depth_are_read_with_a_warning(tmp_path, caplog):
    np.save(tmp_path / "a.npy", np.full((9, 9), 1053, np.uint16))
    frame = isp.read(tmp_path / "a.npy", ReadHints("RGGB", bits=10))
    assert frame.levels.white.max() == 1023 and frame.levels.clip.min() == 1053
    assert "codes up to 1053, beyond its 10 bits" in caplog.text


def test_no_pickles(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(isp.IspError, match="cannot be read"):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB"))


def test_absurd_sizes_ask_for_no_memory(tmp_path):
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 1 << 30, 1 << 30, 16, 0, 0, 0, 0)
    import zlib

    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    png += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I4sI", 0, b"IEND", 0xAE426082)
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "a.pgm").write_bytes(b"P5\n1000000 1000000\n65535\n\0")
    header = b"{'descr': '<u2', 'fortran_order': False, 'shape': (1000000, 1000000)}".ljust(117)
    (tmp_path / "a.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header + b"\n" + bytes(10)
    )
    for name in ("a.png", "a.pgm", "a.npy"):
        with pytest.raises(isp.IspError):
            isp.read(tmp_path / name, ReadHints("RGGB"))


def test_colour_picture_is_no_mosaic(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.ones((9, 9, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "a.tif"), np.ones((9, 9, 3), np.uint8))
    for name in ("a.png", "a.tif"):
        with pytest.raises(isp.IspError, match="a picture, not a mosaic"):
            isp.read(tmp_path / name, ReadHints("RGGB"))


def test_special_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.dng").touch()
    for name, message in (
        ("pipe", "pipe"),
        ("empty.dng", "is empty"),
        (".", "is a folder"),
        ("missing.dng", "No such file"),
        ("\0", "null"),
    ):
        with pytest.raises(isp.IspError, match=message):
            isp.read(tmp_path / name)


def test_size_must_agree(tmp_path):
    np.save(tmp_path / "a.npy", codes())
    with pytest.raises(isp.IspError, match="28×23 pixels, not 28×24"):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB", (28, 24)))


def test_levels_must_make_sense(tmp_path):
    np.save(tmp_path / "a.npy", codes())
    with pytest.raises(isp.IspError, match="white level must be above"):
        isp.read(tmp_path / "a.npy", ReadHints("RGGB", black_dn=100, white_dn=50))
