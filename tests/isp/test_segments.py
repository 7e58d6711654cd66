"""The strip engine against the plain whole-frame computation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isp.frame import RawFrame
from isp.local import LocalOp, border_indices
from isp.segments import run_segment


def box_sum(above, below, side, border):
    """An operator whose output depends on every pixel of its margins, and on the row's phase."""

    def plan(meta):
        def run(src, dst, row):
            rows, width = dst.shape
            dst[:] = np.arange(row, row + rows, dtype=np.float32)[:, None] % 3
            for i in range(above + below + 1):
                for j in range(2 * side + 1):
                    dst += src[i : i + rows, j : j + width] * np.float32(1 + i + 10 * j)

        out = meta.then("box", dtype=np.dtype(np.float32))
        return LocalOp(run, out, above, below, side, border)

    return plan


def whole_frame(mosaic, cfa, margins):
    """The same chain, one operator after the other on the padded whole frame."""
    values = mosaic.astype(np.float32)
    for above, below, side, border in margins:
        height, width = values.shape
        rows = border_indices(-above, height + below, height, border, cfa.period[0])
        cols = border_indices(-side, width + side, width, border, cfa.period[1])
        padded = values[np.ix_(rows, cols)]
        out = np.empty_like(values)
        out[:] = np.arange(height, dtype=np.float32)[:, None] % 3
        for i in range(above + below + 1):
            for j in range(2 * side + 1):
                out += padded[i : i + height, j : j + width] * np.float32(1 + i + 10 * j)
        values = out
    return values


margin = st.tuples(
    st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.sampled_from(["plane", "mirror"])
)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 23),
    st.integers(1, 9),
    st.lists(margin, min_size=1, max_size=3),
    st.integers(1, 25),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["RGGB", "MONO", "XTRANS", "QUAD_GRBG"]),
)
def test_strips_and_threads_do_not_change_the_result(height, width, margins, rows, threads, cfa):
    mosaic = np.random.default_rng(height * 100 + width).integers(0, 50, (height, width), np.uint16)
    frame = RawFrame.of(mosaic, cfa)
    ops, meta = [], frame.meta
    for one in margins:
        ops.append(box_sum(*one)(meta))
        meta = ops[-1].out
    found = run_segment(frame, ops, strip_rows=rows, threads=threads)
    assert np.array_equal(found.mosaic, whole_frame(mosaic, frame.cfa, margins))


@pytest.mark.parametrize("period", [1, 2, 4, 6])
@pytest.mark.parametrize("length", [7, 12, 24])
def test_plane_border_keeps_colours_and_never_gives_a_pixel_itself(period, length):
    index = border_indices(-2 * period, length + 2 * period, length, "plane", period)
    asked = np.arange(-2 * period, length + 2 * period)
    outside = (asked < 0) | (asked >= length)
    if length >= 3 * period:
        assert np.array_equal(index[outside] % period, asked[outside] % period)
        for pixel in range(length):  # the same-colour neighbours of any pixel are other pixels
            at = pixel + 2 * period
            assert index[at - period] != pixel and index[at + period] != pixel


def test_mirror_border_is_numpys_reflect():
    index = border_indices(-3, 10, 7, "mirror", 2)
    assert index.tolist() == np.pad(np.arange(7), 3, mode="reflect").tolist()


def test_an_error_in_a_strip_reaches_the_caller():
    def run(src, dst, row):
        raise RuntimeError("broken kernel")

    frame = RawFrame.of(np.zeros((64, 8), np.uint16), "RGGB")
    with pytest.raises(RuntimeError, match="broken kernel"):
        run_segment(frame, [LocalOp(run, frame.meta)], strip_rows=8, threads=2)
