"""Pictures from a fused line: the same as the pipeline's, plan kept, result where asked."""

import numpy as np
import pytest

from isp.errors import PipelineError
from isp.frame import Area, RawFrame
from isp.pipeline import Pipeline
from isp.render import renderer, room_for

CHAIN = ("black_level", "median8", "white_balance", "malvar", "camera_matrix", "gamma")


def scene(shape=(60, 96), seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(300, 3000, shape).astype(np.uint16)
    return RawFrame.of(codes, "GBRG", black_dn=256, white_dn=4095, white_balance=(2.0, 1.0, 1.5))


def assert_close(found, expected):
    off = np.abs(found.astype(int) - expected)
    assert off.max() <= 1 and np.mean(off > 0) < 1e-3


def test_the_picture_is_the_pipelines():
    frame = scene()
    expected = Pipeline.of(CHAIN).run(frame).frame
    found = renderer(CHAIN)(frame)
    assert_close(found.pixels, expected.pixels)
    assert found.meta.space == "display"


def test_the_active_area_alone_is_developed():
    frame = scene()
    inner = RawFrame(frame.mosaic, frame.meta.then("area", active_area=Area(3, 4, 41, 70)))
    found = renderer(CHAIN)(inner)
    assert found.shape == (41, 70)
    expected = Pipeline.of(CHAIN).run(inner).frame.pixels
    # At the edge the median of the whole frame sees masked pixels, that of the area does not.
    assert_close(found.pixels[4:-4, 4:-4], expected[4:-4, 4:-4])
    alone = RawFrame(
        inner.crop(inner.meta.active_area).mosaic, inner.crop(inner.meta.active_area).meta
    )
    assert np.array_equal(found.pixels, renderer(CHAIN)(alone).pixels)


def test_a_plan_serves_frames_alike_and_is_renewed_for_others():
    render = renderer(CHAIN)
    first = render.plan(scene(seed=1).meta)
    assert render.plan(scene(seed=2).meta) is first
    assert render.plan(scene((62, 96)).meta) is not first
    assert render(scene((62, 96))).shape == (62, 96)


def test_the_picture_is_written_where_asked():
    render, frame = renderer(CHAIN), scene()
    room = room_for(render.plan(frame.meta))
    assert np.shares_memory(render(frame, out=room).pixels, room)
    assert np.array_equal(room, render(frame).pixels)


def test_a_mapped_file_is_developed_into_another(tmp_path):
    frame = scene((200, 300))
    frame.mosaic.tofile(tmp_path / "in.raw")
    given = np.memmap(tmp_path / "in.raw", np.uint16, "r", shape=(200, 300))
    room = np.memmap(tmp_path / "out.rgb", np.uint8, "w+", shape=(200, 300, 3))
    renderer(CHAIN)(RawFrame(given, frame.meta), out=room)
    room.flush()
    found = np.fromfile(tmp_path / "out.rgb", np.uint8).reshape(200, 300, 3)
    assert np.array_equal(found, renderer(CHAIN)(frame).pixels)


@pytest.mark.parametrize("names", [("black_level", "opencv_ea"), ("black_level", "median8")])
def test_what_cannot_be_fused_or_makes_no_picture_is_refused(names):
    with pytest.raises(PipelineError):
        renderer(names)(scene())
