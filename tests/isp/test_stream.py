"""Sequences: order, contents, memory used again, errors."""

import numpy as np
import pytest

from isp.frame import RawFrame
from isp.render import renderer
from isp.stream import develop_stream

CHAIN = ("black_level", "white_balance", "malvar", "camera_matrix", "gamma")


def scene(number, shape=(40, 64)):
    codes = np.random.default_rng(number).integers(300, 3000, shape).astype(np.uint16)
    return RawFrame.of(codes, "RGGB", black_dn=256, white_dn=4095, white_balance=(2.0, 1.0, 1.5))


def test_every_picture_comes_once_in_order_and_whole():
    seen = []
    pace = develop_stream(
        range(9), scene, renderer(CHAIN), lambda n, picture: seen.append((n, picture.pixels.copy()))
    )
    assert [number for number, _ in seen] == list(range(9))
    for number, pixels in seen:
        assert np.array_equal(pixels, renderer(CHAIN)(scene(number)).pixels)
    assert pace.frames == 9
    assert pace.frames_per_s > 0


def test_memory_is_used_again_and_sizes_may_change():
    seen = []
    shapes = [(40, 64)] * 7 + [(20, 32)]
    develop_stream(
        range(8),
        lambda n: scene(n, shapes[n]),
        renderer(CHAIN),
        lambda n, picture: seen.append((picture.pixels.ctypes.data, picture.shape)),
    )
    assert len({place for place, shape in seen if shape == (40, 64)}) == 3
    assert seen[-1][1] == (20, 32)


@pytest.mark.parametrize("broken", ["read", "write"])
def test_errors_reach_the_caller(broken):
    def read(number):
        if broken == "read" and number == 2:
            raise OSError("cannot read")
        return scene(number)

    def write(number, picture):
        if broken == "write" and number == 2:
            raise OSError("cannot write")

    with pytest.raises(OSError, match=f"cannot {broken}"):
        develop_stream(range(6), read, renderer(CHAIN), write)


def test_no_frames_are_no_error():
    pace = develop_stream([], scene, renderer(CHAIN))
    assert (pace.frames, pace.frames_per_s) == (0, 0.0)
