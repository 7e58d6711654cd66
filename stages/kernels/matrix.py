"""A 3×3 matrix on every pixel."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from isp.jit import RowKernel, kernel
from stages.kernels.vector import LANES, f32, fused, load_f32, store


@kernel()
def matrix_strip(src: NDArray[Any], dst: NDArray[Any], matrix: NDArray[Any]) -> None:
    """Multiply each pixel, as a column, by a matrix.

    Parameters
    ----------
    src : float32 array of shape (rows, W, 3)
        Pixels.
    dst : float32 array of shape (rows, W, 3)
        Receives the products.
    matrix : float32 array of shape (3, 3)
        Rows make the output channels.
    """
    rows, width = dst.shape[0], dst.shape[1]
    source, result = src.reshape(rows, 3 * width), dst.reshape(rows, 3 * width)
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, k = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    for i in range(rows):
        pixels, out = source[i], result[i]
        for j in range(width):
            red, green, blue = pixels[3 * j], pixels[3 * j + 1], pixels[3 * j + 2]
            out[3 * j] = a * red + b * green + c * blue
            out[3 * j + 1] = d * red + e * green + f * blue
            out[3 * j + 2] = g * red + h * green + k * blue


@RowKernel
def matrix_row(
    work: Any, ins: Any, outs: Any, start: int, stop: int, row: int, constants: Any
) -> None:
    """The same on rows of R, G and B. Constants: the matrix, row by row."""
    for at in range(4 * start, 4 * stop, 2 * LANES):
        red = load_f32(work, ins[0] + at)
        green = load_f32(work, ins[1] + at)
        blue = load_f32(work, ins[2] + at)
        for k in range(3):
            a, b, c = f32(constants[3 * k]), f32(constants[3 * k + 1]), f32(constants[3 * k + 2])
            store(work, outs[k] + at, fused(c, blue, fused(b, green, a * red)))
