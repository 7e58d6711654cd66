"""A 3×3 matrix on every pixel."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from isp.jit import kernel


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
