"""DNG out and in: every CFA, phase, odd active area, depth; and what LibRaw itself makes of it."""

import numpy as np
import pytest
import rawpy
import tifffile

import isp
from isp.cfa import CHANNEL_OF_SITE
from isp.frame import Area, FrameMeta, Rendering
from isp.levels import Levels
from isp.noise import NoiseModel

BAYER = ("RGGB", "BGGR", "GRBG", "GBRG")
OTHER = ("XTRANS", "QUAD_RGGB", "QUAD_GBRG", "MONO")
AREAS = (Area(0, 0, 60, 71), Area(1, 0, 50, 61), Area(0, 3, 49, 60), Area(3, 5, 51, 62))
MATRIX = ((0.6461, -0.1164, -0.0857), (-0.3825, 1.1597, 0.2534), (-0.0416, 0.154, 0.6039))


def make(cfa, bits=12, area=None, black=None, dtype=np.uint16, **fields):
    rng = np.random.default_rng(bits)
    mosaic = rng.integers(0, 1 << bits, (60, 71)).astype(dtype)
    pattern = isp.Cfa.parse(cfa)
    if black is None:
        black = 3.0 + np.arange(np.prod(pattern.period)).reshape(pattern.period)
    levels = Levels.of(black, float((1 << bits) - 1))
    return isp.RawFrame(
        mosaic, FrameMeta(mosaic.shape, dtype, pattern, levels, active_area=area, **fields)
    )


def same_levels(one, other):
    assert np.allclose(one.levels.black, other.levels.black)
    assert np.allclose(one.levels.white, other.levels.white)


@pytest.mark.parametrize("cfa", BAYER + OTHER)
@pytest.mark.parametrize("area", AREAS)
def test_comes_back_as_it_was(tmp_path, cfa, area):
    frame = make(
        cfa,
        area=area,
        white_balance=(2.05, 1.0, 1.37),
        camera_matrix=MATRIX,
        exposure_s=1 / 60,
        gain=800.0,
        camera="Acme X1",
    )
    isp.write(tmp_path / "a.dng", frame)
    back = isp.read(tmp_path / "a.dng")
    assert np.array_equal(back.mosaic, frame.mosaic)
    assert (back.cfa, back.meta.active_area) == (frame.cfa, area)
    same_levels(back, frame)
    assert back.meta.exposure_s == pytest.approx(1 / 60)
    assert (back.meta.gain, back.meta.camera) == (800.0, "Acme X1")
    if cfa != "MONO":
        assert back.meta.white_balance == pytest.approx((2.05, 1.0, 1.37), rel=1e-8)
        assert np.asarray(back.meta.camera_matrix) == pytest.approx(np.asarray(MATRIX), abs=1e-8)


@pytest.mark.parametrize("cfa", (*BAYER, "XTRANS"))
@pytest.mark.parametrize("area", AREAS)
def test_libraw_sees_the_same_frame(tmp_path, cfa, area):
    """rawpy alone, without our reading of the tags.

    One black for all sites where the border is odd: LibRaw moves such a border by a pixel and does
    not move the table of blacks with it (0.22.2).
    """
    odd = area.top % 2 or area.left % 2
    black = None if cfa in BAYER and not odd else 7.0
    frame = make(
        cfa, area=area, black=black, exposure_s=0.25, gain=640, white_balance=(2.0, 1.0, 1.5)
    )
    isp.write(tmp_path / "a.dng", frame)
    with rawpy.imread(str(tmp_path / "a.dng")) as raw:
        assert np.array_equal(raw.raw_image, frame.mosaic)
        channel = np.array([0, 1, 2, 1])[raw.raw_colors]
        expected = np.asarray(CHANNEL_OF_SITE)[frame.cfa.index_map(frame.shape)]
        assert np.array_equal(channel, expected)
        blacks = np.asarray(raw.black_level_per_channel)[raw.raw_colors]
        assert np.array_equal(blacks, Levels.spread(frame.levels.black, frame.shape))
        assert raw.white_level == 4095
        assert raw.other.shutter_speed == pytest.approx(0.25)
        assert raw.other.iso_speed == pytest.approx(640)
        assert raw.camera_whitebalance[:3] == pytest.approx([2.0, 1.0, 1.5])
        # LibRaw moves an odd Bayer border inwards to the next even one; ours stays where it is.
        assert 0 <= raw.sizes.top_margin - area.top <= 1
        assert 0 <= raw.sizes.left_margin - area.left <= 1


@pytest.mark.parametrize("bits", (8, 10, 12, 14, 16))
@pytest.mark.parametrize("dtype", (np.uint8, np.uint16))
def test_depths(tmp_path, bits, dtype):
    if bits > 8 * np.dtype(dtype).itemsize:
        pytest.skip("more bits than the type has")
    frame = make("GBRG", bits=bits, dtype=dtype)
    isp.write(tmp_path / "a.dng", frame)
    back = isp.read(tmp_path / "a.dng")
    assert back.mosaic.dtype == dtype
    assert np.array_equal(back.mosaic, frame.mosaic)
    same_levels(back, frame)


def test_subtracted_frame_returns_to_its_codes(tmp_path):
    codes = make("GRBG", area=Area(1, 1, 40, 41), black=((60.25, 61.0), (62.5, 63.0)))
    levels = codes.levels
    signal = codes.with_mosaic(
        codes.signal(),
        "black level",
        levels=Levels(
            ((0.0,),),
            Levels.of(0.0, levels.white - levels.black).white_dn,
            Levels.of(0.0, levels.white - levels.black).clip_dn,
            levels.black_dn,
        ),
    )
    isp.write(tmp_path / "a.dng", signal)
    back = isp.read(tmp_path / "a.dng")
    assert np.array_equal(back.mosaic, codes.mosaic)
    same_levels(back, codes)


def test_codes_stay_on_a_coarse_grid(tmp_path):
    """A repaired value between two codes goes to the nearest code that the file can have."""
    frame = isp.RawFrame.of(np.full((24, 24), 401.0, np.float32), "RGGB", white_dn=1020.0)
    coarse = isp.RawFrame(
        frame.mosaic,
        frame.meta.then("", levels=Levels(((0.0,),), ((1020.0,),), ((1020.0,),), step_dn=4.0)),
    )
    isp.write(tmp_path / "a.npy", coarse)
    assert np.unique(np.load(tmp_path / "a.npy")) == [400]


def test_normalised_values_are_refused(tmp_path):
    frame = isp.RawFrame.of(np.full((24, 24), 0.5, np.float32), "RGGB")
    with pytest.raises(isp.IspError, match="DN, before they are normalised"):
        isp.write(tmp_path / "a.dng", frame)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cfa", ("GRBG", "XTRANS", "MONO"))
def test_noise_model_comes_back(tmp_path, cfa):
    """Without it a corrected frame would be judged by an estimate, its original by its metadata."""
    frame = make(cfa, area=Area(1, 3, 50, 61), noise=NoiseModel(0.73, 12.5, "metadata"))
    isp.write(tmp_path / "a.dng", frame)
    noise = isp.read(tmp_path / "a.dng").meta.noise
    assert noise.source == "metadata"
    assert (noise.gain_dn_e, noise.read_variance_dn2) == pytest.approx((0.73, 12.5), rel=1e-12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_comes_back(tmp_path, monkeypatch, orientation):
    """By the tag, and by LibRaw's flip alone, which is all that a camera's own format gives."""
    frame = make("RGGB", orientation=orientation)
    isp.write(tmp_path / "a.dng", frame)
    back = isp.read(tmp_path / "a.dng")
    assert back.meta.orientation == orientation
    assert np.array_equal(back.mosaic, frame.mosaic)
    monkeypatch.setattr("isp.io.dng_tags.fields", lambda path, shape: {})
    assert isp.read(tmp_path / "a.dng").meta.orientation == orientation


def test_orientation_that_makes_no_sense(tmp_path):
    isp.write(tmp_path / "a.dng", make("RGGB", orientation=6))
    with tifffile.TiffFile(tmp_path / "a.dng", mode="r+b") as tiff:
        tiff.pages[0].tags["Orientation"].overwrite(0)
    assert isp.read(tmp_path / "a.dng").meta.orientation == 1
    with pytest.raises(isp.IspError, match="1 to 8"):
        make("RGGB", orientation=0)


def test_rendering_comes_back(tmp_path):
    hints = Rendering(-0.35, (4.0, 2.5, 50.0, 40.0))
    frame = make("RGGB", area=Area(1, 3, 50, 61), rendering=hints)
    isp.write(tmp_path / "a.dng", frame)
    assert isp.read(tmp_path / "a.dng").meta.rendering == hints
    assert frame.crop(Area(0, 0, 30, 30)).meta.rendering == Rendering()


def test_crop_outside_the_area_is_not_written(tmp_path):
    frame = make("RGGB", area=Area(1, 3, 50, 61), rendering=Rendering(0.0, (0.0, 0.0, 62.0, 40.0)))
    isp.write(tmp_path / "a.dng", frame)
    assert isp.read(tmp_path / "a.dng").meta.rendering.default_crop == (0.0, 0.0, 61.0, 50.0)


def test_unknown_colour_stays_unknown(tmp_path):
    isp.write(tmp_path / "a.dng", make("RGGB"))
    back = isp.read(tmp_path / "a.dng")
    assert back.meta.camera_matrix is None
    assert back.meta.white_balance == (1.0, 1.0, 1.0)
    assert (back.meta.exposure_s, back.meta.gain) == (None, None)


def test_libraw_develops_it(tmp_path):
    isp.write(tmp_path / "a.dng", make("BGGR", camera_matrix=MATRIX))
    with rawpy.imread(str(tmp_path / "a.dng")) as raw:
        assert raw.postprocess(use_camera_wb=True).shape == (60, 71, 3)


def test_tags_are_those_of_the_specification(tmp_path):
    frame = make("GRBG", area=Area(1, 0, 50, 61))
    isp.write(tmp_path / "a.dng", frame, opcode_list1=b"\0\0\0\0")
    with tifffile.TiffFile(tmp_path / "a.dng") as tiff:
        tags = tiff.pages[0].tags
        assert tags["DNGVersion"].value == b"\1\4\0\0"
        assert tags["CFAPattern"].value == b"\2\1\1\0"  # BGGR from row 1 on
        assert tags["ActiveArea"].value == (1, 0, 51, 61)
        assert tags["DefaultCropSize"].value == (61, 1, 50, 1)
        assert tags["BlackLevelRepeatDim"].value == (2, 2)
        assert tags["OpcodeList1"].value == b"\0\0\0\0"
        assert [tag.code for tag in tags] == sorted(tag.code for tag in tags)


@pytest.mark.parametrize("side", (21, 22))
def test_smallest_active_area(tmp_path, side):
    mosaic = np.arange(side * 30, dtype=np.uint16).reshape(side, 30)
    frame = isp.RawFrame.of(mosaic, "RGGB", white_dn=1023)
    if side == 21:
        with pytest.raises(isp.IspError, match="at least 22"):
            isp.write(tmp_path / "a.dng", frame)
    else:
        isp.write(tmp_path / "a.dng", frame)
        assert np.array_equal(isp.read(tmp_path / "a.dng").mosaic, mosaic)


def test_real_dng_rewritten(tmp_path, shared_data):
    frame = isp.read(shared_data / "raw" / "tinydng_colorchart.dng")
    isp.write(tmp_path / "a.dng", frame)
    back = isp.read(tmp_path / "a.dng")
    assert np.array_equal(back.mosaic, frame.mosaic)
    assert back.levels == frame.levels
    assert back.meta.rendering == frame.meta.rendering == Rendering(0.0, (0.0, 0.0, 1734.0, 1156.0))
    assert (back.cfa, back.meta.active_area) == (frame.cfa, frame.meta.active_area)
    assert back.meta.camera == frame.meta.camera == "Canon EOS Kiss X4"
    assert back.meta.white_balance == pytest.approx(frame.meta.white_balance)


@pytest.mark.parametrize("keep", (0, 1, 5))
def test_tiles_that_are_not_there(tmp_path, keep):
    """LibRaw opens a DNG that lists too few tiles without a word, and returns whatever memory held."""
    from isp.io import dng_tags

    mosaic = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96)
    extra = [(50706, "B", 4, (1, 4, 0, 0), True), (33422, "B", 4, (0, 1, 1, 2), True)]
    extra += [(33421, "H", 2, (2, 2), True)]
    path = tmp_path / "a.dng"
    tifffile.imwrite(path, mosaic, photometric=32803, tile=(32, 32), extratags=extra)
    dng_tags.check_complete(path)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tag = tiff.pages[0].tags["TileByteCounts"]
        tag.overwrite([*tag.value[:keep], *[0] * (6 - keep)])
    with pytest.raises(isp.IspError, match=f"{keep} of 6 parts of its mosaic"):
        isp.read(path)
