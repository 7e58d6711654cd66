"""A camera pipeline in Halide: what its `camera_pipe` application does, without the sharpening.

Written from a description of that application (clamp of hot pixels to their neighbours, colours taken
apart, edge-directed demosaicing, fixed-point matrix, table for the curve) with a schedule of its own; no
line is taken from it. It runs on an input with a margin, has no border to treat, and writes planes,
which saves it the interleaving.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MARGIN = 16
TABLE_BITS = 10


def build(strip_rows: int = 64) -> tuple[Any, Any, Any]:
    """Compile for this machine; returns the pipeline, its input and its table."""
    import halide as hl

    x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")
    raw = hl.ImageParam(hl.UInt(16), 2, "raw")
    table = hl.ImageParam(hl.UInt(8), 1, "table")
    signed = hl.Func("signed")
    signed[x, y] = hl.cast(hl.Int(16), raw[x + MARGIN, y + MARGIN])

    cool = hl.Func("cool")
    around = [signed[x - 2, y], signed[x + 2, y], signed[x, y - 2], signed[x, y + 2]]
    top = hl.max(hl.max(around[0], around[1]), hl.max(around[2], around[3]))
    cool[x, y] = hl.clamp(signed[x, y], 0, top)

    apart = hl.Func("apart")  # 0 green beside red, 1 red, 2 blue, 3 green beside blue
    apart[x, y, c] = hl.mux(
        c,
        [
            cool[2 * x, 2 * y],
            cool[2 * x + 1, 2 * y],
            cool[2 * x, 2 * y + 1],
            cool[2 * x + 1, 2 * y + 1],
        ],
    )

    def plane(index: int) -> Any:
        func = hl.Func(f"plane{index}")
        func[x, y] = apart[x, y, index]
        return func

    gr, r, b, gb = (plane(k) for k in range(4))

    def mean(p: Any, q: Any) -> Any:
        return hl.cast(hl.Int(16), (hl.cast(hl.Int(32), p) + q + 1) >> 1)

    def along_edge(p: tuple[Any, Any], q: tuple[Any, Any]) -> Any:
        """The mean of the pair that differs less."""
        return hl.select(hl.absd(*p) < hl.absd(*q), mean(*p), mean(*q))

    g_r, g_b = hl.Func("green_at_red"), hl.Func("green_at_blue")
    g_r[x, y] = along_edge((gr[x, y], gr[x + 1, y]), (gb[x, y - 1], gb[x, y]))
    g_b[x, y] = along_edge((gb[x - 1, y], gb[x, y]), (gr[x, y], gr[x, y + 1]))

    def shifted(value: Any, chroma: Any, green: Any, p: tuple[Any, Any], q: tuple[Any, Any]) -> Any:
        """Chroma between two sites, following the green that is known here."""
        return value + mean(chroma[p], chroma[q]) - mean(green[p], green[q])

    def diagonal(value: Any, chroma: Any, green: Any, pairs: Any) -> Any:
        (p0, p1), (q0, q1) = pairs
        first = shifted(value, chroma, green, p0, p1)
        second = shifted(value, chroma, green, q0, q1)
        return hl.select(
            hl.absd(chroma[p0], chroma[p1]) < hl.absd(chroma[q0], chroma[q1]), first, second
        )

    names = ("r_gr", "b_gr", "r_gb", "b_gb", "r_b", "b_r")
    r_gr, b_gr, r_gb, b_gb, r_b, b_r = (hl.Func(name) for name in names)
    r_gr[x, y] = shifted(gr[x, y], r, g_r, (x - 1, y), (x, y))
    b_gr[x, y] = shifted(gr[x, y], b, g_b, (x, y - 1), (x, y))
    r_gb[x, y] = shifted(gb[x, y], r, g_r, (x, y), (x, y + 1))
    b_gb[x, y] = shifted(gb[x, y], b, g_b, (x, y), (x + 1, y))
    r_b[x, y] = diagonal(g_b[x, y], r, g_r, (((x, y), (x - 1, y + 1)), ((x - 1, y), (x, y + 1))))
    b_r[x, y] = diagonal(g_r[x, y], b, g_b, (((x, y), (x + 1, y - 1)), ((x + 1, y), (x, y - 1))))

    def site(even: tuple[Any, Any], odd: tuple[Any, Any]) -> Any:
        h, v = x // 2, y // 2
        first = hl.select(x % 2 == 0, even[0][h, v], even[1][h, v])
        return hl.select(y % 2 == 0, first, hl.select(x % 2 == 0, odd[0][h, v], odd[1][h, v]))

    full = hl.Func("full")
    full[x, y, c] = hl.mux(
        c, [site((r_gr, r), (r_b, r_gb)), site((gr, g_r), (g_b, gb)), site((b_gr, b_r), (b, b_gb))]
    )

    matrix = ((394, -120, -18), (-41, 340, -43), (8, -109, 357))  # in 256ths
    corrected = hl.Func("corrected")
    wide = [hl.cast(hl.Int(32), full[x, y, k]) for k in range(3)]
    rows = [
        hl.cast(
            hl.Int(16),
            (line[0] * wide[0] + line[1] * wide[1] + line[2] * wide[2] - sum(line) * 25) >> 8,
        )
        for line in matrix
    ]
    corrected[x, y, c] = hl.mux(c, rows)

    result = hl.Func("result")
    result[x, y, c] = table[hl.clamp(hl.cast(hl.Int(32), corrected[x, y, c]), 0, 2**TABLE_BITS - 1)]

    # Strips on all cores; in a strip two rows at a time, what they need kept from the rows before.
    lanes = hl.get_host_target().natural_vector_size(hl.UInt(16))
    yo, yi, yp = hl.Var("yo"), hl.Var("yi"), hl.Var("yp")
    result.bound(c, 0, 3).reorder(c, x, y).unroll(c)
    result.split(y, yo, yi, strip_rows).split(yi, yi, yp, 2).reorder(c, x, yp, yi, yo)
    result.vectorize(x, 2 * lanes, hl.TailStrategy.ShiftInwards).parallel(yo)
    cool.store_at(result, yo).compute_at(result, yi).align_storage(x, lanes)
    cool.vectorize(x, lanes)
    apart.store_at(result, yo).compute_at(result, yi).bound(c, 0, 4).reorder(c, x, y).unroll(c)
    apart.vectorize(x, lanes)
    for func in (g_r, g_b):
        func.store_at(result, yo).compute_at(result, yi).vectorize(x, lanes)
    corrected.compute_at(result, x).vectorize(x).unroll(y).unroll(c).reorder(c, x, y)
    full.compute_at(result, x).vectorize(x).unroll(y).unroll(c).reorder(c, x, y)
    return result, raw, table


class HalidePipeline:
    """The compiled pipeline, run into planes of its own."""

    def __init__(self, mosaic: NDArray[np.uint16], threads: int) -> None:
        import os

        os.environ["HL_NUM_THREADS"] = str(threads)
        import halide as hl

        height, width = mosaic.shape
        # A buffer does not keep its array alive.
        self._codes = np.ascontiguousarray(np.pad(mosaic >> 2, MARGIN, mode="reflect"))
        curve = 255 * (np.arange(2**TABLE_BITS) / (2**TABLE_BITS - 1)) ** (1 / 2.2)
        result, raw, table = build()
        self._curve = curve.round().astype(np.uint8)
        raw.set(hl.Buffer(self._codes))
        table.set(hl.Buffer(self._curve))
        self._out = hl.Buffer(hl.UInt(8), [width, height, 3])
        self._result = result
        result.compile_jit()

    def __call__(self) -> None:
        """Develop the frame once."""
        self._result.realize(self._out)

    def picture(self) -> NDArray[np.uint8]:
        """The result, (H, W, 3)."""
        return np.asarray(self._out).transpose(1, 2, 0)
