"""Defect maps through every format: nothing lost that a format says it holds."""

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import isp
from isp.defects import DefectKind
from isp.frame import Area
from isp.io.maps import FORMATS, Geometry, lost, map_format

CFAS = ("RGGB", "BGGR", "GRBG", "GBRG", "XTRANS", "QUAD_GRBG", "MONO")
NAMES = [form.name for form in FORMATS]


@st.composite
def maps(draw):
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    area = Area(top, left, draw(st.integers(1, height - top)), draw(st.integers(1, width - left)))
    count = draw(st.integers(0, 30))
    column = lambda values: draw(st.lists(values, min_size=count, max_size=count))  # noqa: E731
    cfa = draw(st.sampled_from((None, *CFAS)))
    shifts = draw(st.tuples(st.integers(0, 5), st.integers(0, 5)))
    return isp.DefectMap.of(
        column(st.integers(0, height - 1)),
        column(st.integers(0, width - 1)),
        (height, width),
        kind=column(st.sampled_from([int(kind) for kind in DefectKind])),
        severity_dn=column(st.floats(width=32, allow_infinity=False)),
        cluster=column(st.integers(-1, 2**31 - 1)),
        active_area=area,
        cfa=None if cfa is None else isp.Cfa.parse(cfa).shifted(*shifts),
        source=draw(st.sampled_from(("", "dark frames: a.dng, b.dng", "line\nbreak # x"))),
    )


def positions(defects):
    return list(zip(defects.rows.tolist(), defects.cols.tolist(), strict=True))


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(defects=maps())
def test_round_trip(tmp_path, name, defects):
    form = map_format(name)
    path = tmp_path / f"map{form.suffixes[0] if form.suffixes else '.txt'}"
    if name == "opcodes" and defects.cfa is None:
        with pytest.raises(isp.IspError, match="give the raw frame"):
            isp.write_map(path, defects, format=name, force=True)
        return
    gone = isp.write_map(path, defects, format=name, force=True)
    explicit = name if name in ("rawpy", "row_col", "col_row") else None
    back = isp.read_map(path, Geometry.of(defects), format=explicit)

    kept = defects if "border" in form.holds else _inside(defects)
    assert positions(back) == positions(kept)
    assert (back.shape, back.active_area, back.cfa) == (
        defects.shape,
        defects.active_area,
        defects.cfa,
    )
    if "kind" in form.holds:
        assert np.array_equal(back.kind, kept.kind)
    if "severity" in form.holds:
        assert np.array_equal(back.severity_dn, kept.severity_dn, equal_nan=True)
    if "cluster" in form.holds:
        assert np.array_equal(back.cluster, kept.cluster)
    assert gone == lost(defects, form)
    if name == "csv":
        assert gone == ()


def _inside(defects):
    area = defects.active_area
    rows, cols = defects.rows - area.top, defects.cols - area.left
    return defects.select((rows >= 0) & (rows < area.height) & (cols >= 0) & (cols < area.width))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(defects=maps())
def test_own_table_needs_no_frame(tmp_path, defects):
    isp.write_map(tmp_path / "map.csv", defects, force=True)
    back = isp.read_map(tmp_path / "map.csv")
    assert (back.shape, back.active_area, back.cfa) == (
        defects.shape,
        defects.active_area,
        defects.cfa,
    )
    assert back.source.split() == (defects.source or str(tmp_path / "map.csv")).split()


def small(**fields):
    return isp.DefectMap.of(
        [0, 2, 3],
        [1, 2, 3],
        (6, 8),
        kind=[1, 5, 0],
        severity_dn=[120.5, np.nan, 3],
        cluster=[0, -1, 1],
        active_area=Area(1, 2, 5, 6),
        cfa=isp.Cfa.parse("GRBG"),
        source="test",
        **fields,
    )


def test_own_table_as_text(tmp_path):
    isp.write_map(tmp_path / "map.csv", small())
    assert (tmp_path / "map.csv").read_text() == (
        "# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 1 2 5 6\n# cfa: GRBG\n"
        "# source: test\nrow,col,kind,severity_dn,cluster\n"
        "0,1,hot,120.5,0\n2,2,dead,,\n3,3,unknown,3.0,1\n"
    )


def test_own_table_out_of_a_spreadsheet(tmp_path):
    """Which puts a byte-order mark first, and fills every line with commas to the longest one."""
    isp.write_map(tmp_path / "map.csv", small())
    lines = (tmp_path / "map.csv").read_text().splitlines()
    filled = [line + "," * (4 if line.startswith("#") else 2) for line in lines]
    text = "\r\n".join([*filled, ",,,,,,", ""])
    for name in ("back.csv", "back.csv.gz"):
        data = b"\xef\xbb\xbf" + text.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        back = isp.read_map(tmp_path / name)
        assert positions(back) == positions(small())
        assert (back.shape, back.cfa, back.source) == (small().shape, small().cfa, small().source)
        assert np.array_equal(back.kind, small().kind)


def test_losses_are_named(tmp_path):
    assert isp.write_map(tmp_path / "map.badpixels", small()) == (
        "the format dcraw does not hold the kinds of 2 defects.",
        "the format dcraw does not hold the severities of 2 defects.",
        "the format dcraw does not hold the cluster numbers of 2 defects.",
        "the format dcraw does not hold 1 defects outside the active area.",
        "the format dcraw does not hold the frame's size (6×8).",
        "the format dcraw does not hold the active area.",
        "the format dcraw does not hold the colour filter array.",
        "the format dcraw does not hold where the map comes from.",
    )


def test_dcraw_counts_from_the_visible_area(tmp_path):
    isp.write_map(tmp_path / "map.badpixels", small())
    lines = (tmp_path / "map.badpixels").read_text().splitlines()
    assert lines[1:] == ["0 1 0", "1 2 0"]  # column row time; raw frame (2, 2) and (3, 3)


def test_dcraw_entries_have_a_time(tmp_path):
    path = tmp_path / "map.badpixels"
    path.write_text(" 1\t2 1000 # first\n\n# none\n3 0 2000\n0 0 0\n")
    frame = Geometry.whole((5, 5))
    assert positions(isp.read_map(path, frame)) == [(0, 0), (0, 3), (2, 1)]
    assert positions(isp.read_map(path, frame, shot_time=1000)) == [(0, 0), (2, 1)]
    assert positions(isp.read_map(path, frame, shot_time=999)) == [(0, 0)]


@pytest.mark.parametrize(("text", "expected"), [("2\n1 0\n", (2, 3)), ("1 0\n", (0, 1))])
def test_rawtherapee_offset(tmp_path, text, expected):
    path = tmp_path / "ACME X1.badpixels"
    path.write_text(text)
    assert positions(isp.read_map(path, Geometry.whole((5, 5)))) == [expected]


def test_outside_is_counted(tmp_path):
    path = tmp_path / "a.badpixels"
    path.write_text("1 1 0\n7 1 0\n-1 2 0\n")
    with pytest.raises(isp.IspError, match="3 positions read, 1 used, 2 outside the active area"):
        isp.read_map(path, Geometry.whole((5, 5)))
    kept = isp.read_map(path, Geometry.whole((5, 5)), drop_outside=True)
    assert positions(kept) == [(1, 1)]


def test_mask_of_the_active_area(tmp_path):
    mask = np.zeros((5, 6), np.uint8)
    mask[0, 0] = 7
    np.save(tmp_path / "m.npy", mask)
    back = isp.read_map(tmp_path / "m.npy", small())
    assert positions(back) == [(1, 2)]


def test_gzip(tmp_path):
    isp.write_map(tmp_path / "map.csv.gz", small())
    assert gzip.decompress((tmp_path / "map.csv.gz").read_bytes()).startswith(b"# ispsim")
    assert positions(isp.read_map(tmp_path / "map.csv.gz")) == positions(small())


def test_gzip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(17):
            file.write(b"1 1 0\n" * (1 << 22))
    with pytest.raises(isp.IspError, match="256 MiB"):
        isp.read_map(path, Geometry.whole((5, 5)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"1 2\n3 4\n", "nothing says whether the row or the column"),
        ("a.txt", b"hello\n", "no format known"),
        ("a.txt", b"1 2 3\n4 5\n", "line 2: '4 5' is not 'column row unixtime'"),
        ("a.txt", b"1 2 nan\n", "no format known"),
        ("a.txt", b"1 2 0\n1 2 " + b"9" * 400 + b"\n", "line 2"),
        ("a.csv", b"# ispsim defect map\n# version: 2\n", "version '2'"),
        ("a.csv", b"# ispsim defect map\n# version: 1\n", "header must have"),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 7 8\nrow,col\n",
            "outside the frame",
        ),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 6 8\nx,y\n",
            "lacks the line with the columns",
        ),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 6 8\n"
            b"row,col,kind\n1,1,hot\n1,2,hott\n",
            r"line 7.*Unknown defect kind 'hott'.*[^.]\.$",
        ),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 6 8\n"
            b"row,col,kind,severity_dn\n1,1,hot,3\n1,2\n",
            "line 7: '1,2' is wrong: it lacks kind, severity_dn",
        ),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 6 8\n"
            b"row,col\n1,2,hot\n",
            "line 6: '1,2,hot' is wrong: it holds 3 values for the 2 columns",
        ),
        (
            "a.csv",
            b"# ispsim defect map\n# version: 1\n# frame: 6 8\n# active_area: 0 0 6 8\n"
            b"row,col\n-1,1\n",
            "1 positions read, 0 used",
        ),
        ("a.npy", b"\x93NUMPY\x01\x00", "cannot be read"),
        ("a.raw", bytes(range(256)) * 8, "no format known|binary"),
    ],
)
def test_wrong_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(isp.IspError, match=message):
        isp.read_map(tmp_path / name, Geometry.whole((6, 8)))


def test_dark_frame_is_no_mask(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "dark.npy", rng.integers(0, 99, (50, 60)).astype(np.uint16))
    np.save(tmp_path / "float.npy", np.full((50, 60), np.nan))
    for name in ("dark.npy", "float.npy"):
        with pytest.raises(isp.IspError, match="mask"):
            isp.read_map(tmp_path / name)


def test_map_of_another_frame_is_refused(tmp_path):
    isp.write_map(tmp_path / "map.csv", small())
    frame = isp.RawFrame.of(np.ones((6, 8), np.uint16), "GRBG")
    with pytest.raises(isp.IspError, match="Use the map of this sensor"):
        isp.read_map(tmp_path / "map.csv", frame)
    with pytest.raises(isp.IspError, match="the frame is 6×9"):
        isp.write_map(tmp_path / "m.png", small())
        isp.read_map(tmp_path / "m.png", Geometry.whole((6, 9)))


@pytest.mark.parametrize("frame", ["7700000000 10100000000", "100000 100000"])
def test_a_frame_larger_than_any_is_refused(tmp_path, frame):
    (tmp_path / "a.csv").write_text(
        f"# ispsim defect map\n# version: 1\n# frame: {frame}\n# active_area: 0 0 {frame}\n"
        "# cfa: RGGB\nrow,col\n1,1\n"
    )
    (tmp_path / "80000346_999999x999999.fpm").write_text("1 1\n")
    for file in tmp_path.iterdir():
        with pytest.raises(isp.errors.MapError, match="at most 1073741824 pixels"):
            isp.read_map(file)


def test_no_frame_no_list(tmp_path):
    isp.write_map(tmp_path / "map.badpixels", small())
    with pytest.raises(isp.IspError, match="does not say which frame"):
        isp.read_map(tmp_path / "map.badpixels")


def test_unknown_formats(tmp_path):
    with pytest.raises(isp.IspError, match="Did you mean 'dcraw'"):
        isp.write_map(tmp_path / "map.csv", small(), format="dcrw")
    with pytest.raises(isp.IspError, match="no suffix that names a map format"):
        isp.write_map(tmp_path / "map.xyz", small())
    assert not list(tmp_path.iterdir())


def test_real_lists(shared_data):
    folder = shared_data / "defects"
    canon = isp.read_map(
        folder / "canon_powershot_g2_dcraw.badpixels.txt", Geometry.whole((1704, 2272))
    )
    assert len(canon) == 19  # 20 lines, one pixel twice
    assert (91, 962) in positions(canon)
    seven = isp.read_map(
        folder / "canon_7d_1080p_convmlv_badpixels.txt", Geometry.whole((1080, 1920))
    )
    assert len(seven) == 14
    for name, count, shape in (
        ("mlvapp_focuspixels_80000346_1872x1060.fpm", 16536, (1060, 1872)),
        ("mlvapp_focuspixels_80000346_2592x1108.fpm", 23976, (1108, 2592)),
    ):
        focus = isp.read_map(folder / name)
        assert (len(focus), focus.shape) == (count, shape)
        assert set(focus.kind.tolist()) == {int(DefectKind.PHASE_DETECT)}
    nasa = isp.read_map(
        folder / "rawpy_bad_pixels.gz", Geometry.whole((2844, 4288)), format="rawpy"
    )
    assert len(nasa) == 26484
    panel = isp.read_map(
        folder / "seu_ct_flatpanel_bad_pixels.txt", Geometry.whole((5890, 4608)), format="row_col"
    )
    assert len(panel) == 36456


def test_real_frames_are_no_maps(shared_data):
    for name in (
        "defects/infinite-isp-tuning_BlackImage_1920x1080_12bits_BGGR.raw",
        "defects/mex2025_rpi-gs_dark_frame_c5dfe1e7.dng",
        "defects/Bildserie1_160kV_0uA.his",
        "raw/halide_bayer_small_256x344_10bit_GRBG.png",
        "raw/seestar_M94_20250327-014513_GRBG_1080x1920.fit",
    ):
        with pytest.raises(isp.IspError):
            isp.read_map(shared_data / name, Geometry.whole((1080, 1920)))
