"""DNG opcodes 4 and 5: the bytes of the published layout, there and back, and what is refused."""

import struct

import numpy as np
import pytest
import rawpy
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.defects import DefectKind
from isp.frame import Area
from isp.io.maps import Geometry, opcodes

FRAME = Geometry((40, 50), Area(1, 3, 30, 40), isp.Cfa.parse("RGGB"))


def listed(points, boxes=(), phase=1, number=5, flags=1):
    data = struct.pack(">3I", phase, len(points), len(boxes))
    data += b"".join(struct.pack(">2i", *point) for point in points)
    data += b"".join(struct.pack(">4i", *box) for box in boxes)
    return struct.pack(">5I", 1, number, 0x01030000, flags, len(data)) + data


def save(tmp_path, data):
    (tmp_path / "a.opcodes").write_bytes(data)
    return tmp_path / "a.opcodes"


def positions(defects):
    return list(zip(defects.rows.tolist(), defects.cols.tolist(), strict=True))


def a_map(rows, cols, **fields):
    return isp.DefectMap.of(
        rows, cols, FRAME.shape, active_area=FRAME.active_area, cfa=FRAME.cfa, **fields
    )


def test_bytes_of_a_list():
    assert opcodes.encode(a_map([7, 2], [3, 9])) == bytes.fromhex(
        "00000001"  # one opcode
        "00000005 01030000 00000001 0000001c"  # FixBadPixelsList, DNG 1.3, optional, 28 bytes
        "00000001 00000002 00000000"  # top-left pixel red; two points, no rectangle
        "00000002 00000009 00000007 00000003"
    )


def test_bytes_of_a_constant():
    assert opcodes.encode_constant(0, isp.Cfa.parse("BGGR")) == bytes.fromhex(
        "00000001 00000004 01030000 00000001 00000008 00000000 00000002"
    )


def test_columns_and_rows_are_rectangles():
    kind = [DefectKind.COLUMN] * 4 + [DefectKind.ROW] * 2
    data = opcodes.encode(a_map([5, 6, 7, 9, 20, 20], [4, 4, 4, 4, 8, 9], kind=kind))
    assert data == listed([], [(5, 4, 8, 5), (9, 4, 10, 5), (20, 8, 21, 10)])


@pytest.mark.parametrize(
    ("cfa", "phase"), [("GRBG", 0), ("RGGB", 1), ("BGGR", 2), ("GBRG", 3), ("XTRANS", 0)]
)
def test_bayer_phase(cfa, phase):
    defects = isp.DefectMap.of([1], [1], (4, 4), cfa=isp.Cfa.parse(cfa))
    assert struct.unpack_from(">I", opcodes.encode(defects), 20) == (phase,)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 39), st.integers(0, 49), st.sampled_from([int(k) for k in DefectKind])
        ),
        max_size=60,
    )
)
def test_every_map_comes_back(tmp_path_factory, entries):
    rows, cols, kind = zip(*entries, strict=True) if entries else ((), (), ())
    defects = a_map(rows, cols, kind=kind)
    path = save(tmp_path_factory.mktemp("o"), opcodes.encode(defects))
    assert positions(isp.read_map(path, FRAME)) == positions(defects)


def test_other_opcodes_are_passed_over(tmp_path):
    good = opcodes.decode_list(listed([(1, 1)]))
    other = opcodes.Opcode(9, 0x01030000, 0, b"12345")
    path = save(tmp_path, opcodes.encode_list([other, *good, other]))
    assert positions(isp.read_map(path, FRAME)) == [(1, 1)]


def make_frame(mosaic):
    frame = isp.RawFrame.of(mosaic, "RGGB", white_dn=1023)
    return isp.RawFrame(mosaic, frame.meta.then("", active_area=Area(1, 3, 30, 40)))


def test_constant_needs_the_pixels(tmp_path):
    mosaic = np.full((40, 50), 9, np.uint16)
    mosaic[3, 4] = mosaic[39, 49] = 0
    path = save(tmp_path, opcodes.encode_constant(0, FRAME.cfa))
    assert positions(isp.read_map(path, make_frame(mosaic))) == [(3, 4), (39, 49)]
    with pytest.raises(isp.IspError, match="give the raw frame, as read"):
        isp.read_map(path, FRAME)


def test_inside_a_dng(tmp_path):
    """Positions count from the raw frame, whatever the active area; LibRaw opens the file."""
    rng = np.random.default_rng(0)
    frame = make_frame(rng.integers(1, 1023, (40, 50)).astype(np.uint16))
    defects = a_map([0, 12, 39], [0, 7, 49], source="x")
    isp.write_map(tmp_path / "a.dng", defects, frame=frame)
    assert np.array_equal(isp.read(tmp_path / "a.dng").mosaic, frame.mosaic)
    for given_frame in (None, frame):
        back = isp.read_map(tmp_path / "a.dng", given_frame)
        assert positions(back) == positions(defects)
        assert (back.shape, back.active_area, back.cfa) == ((40, 50), FRAME.active_area, FRAME.cfa)
    with rawpy.imread(str(tmp_path / "a.dng")) as raw:
        assert np.array_equal(raw.raw_image, frame.mosaic)
    with pytest.raises(isp.IspError, match="Use the map of this sensor"):
        isp.read_map(tmp_path / "a.dng", Geometry.whole((40, 50)))


def test_map_without_cfa_takes_the_frames(tmp_path):
    defects = isp.DefectMap.of([1], [2], FRAME.shape, active_area=FRAME.active_area)
    frame = make_frame(np.full((40, 50), 7, np.uint16))
    isp.write_map(tmp_path / "a.opcodes", defects, frame=frame)
    assert (tmp_path / "a.opcodes").read_bytes() == listed([(1, 2)])


def test_dng_without_list(tmp_path):
    isp.write(tmp_path / "a.dng", make_frame(np.full((40, 50), 7, np.uint16)))
    with pytest.raises(isp.IspError, match="no OpcodeList1"):
        isp.read_map(tmp_path / "a.dng")
    with pytest.raises(isp.IspError, match="give the raw frame"):
        isp.write_map(tmp_path / "b.dng", a_map([1], [1]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (listed([(1, 1)])[:-1], "says 20 bytes; 19 are left"),
        (listed([(1, 1)]) + b"\0", "1 bytes are left behind"),
        (struct.pack(">5I", 1, 5, 0x01030000, 1, 0xFFFFFFFF), "4294967295 bytes; 0 are left"),
        (struct.pack(">I", 900) + listed([(1, 1)])[4:], "900 opcodes and ends after 1"),
        (
            struct.pack(">8I", 1, 5, 0x01030000, 1, 12, 1, 0xFFFFFFFF, 0xFFFFFFFF),
            "4294967295 points",
        ),
        (listed([(1, 1)], phase=4), "BayerPhase is 0 to 3"),
        (listed([(1, 1)], phase=0), "for a GRBG frame"),
        (listed([(-1, 1), (40, 0), (2, 2)]), "3 positions read, 1 used, 2 outside"),
        (listed([], [(0, 0, 2**31 - 1, 2**31 - 1)]), "1 empty or outside the frame"),
        (listed([], [(0, 0, 40, 50)] * 3), "more pixels than the frame"),
        (struct.pack(">5I", 1, 4, 0x01030000, 1, 4) + b"1234", "has 8 bytes, not 4"),
        (struct.pack(">5I", 1, 5, 0x01030000, 1, 4) + b"1234", "12 bytes or more"),
    ],
)
def test_hostile_lists(tmp_path, data, message):
    with pytest.raises(isp.IspError, match=message):
        isp.read_map(save(tmp_path, data), FRAME)
