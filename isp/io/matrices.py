"""The one matrix that files need: XYZ to linear sRGB, for cameras that are told by it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from isp.frame import Matrix3

# IEC 61966-2-1:1999, the four-decimal matrix of the standard (D65 white, Y = 1).
XYZ_TO_SRGB: Final = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
XYZ_TO_SRGB.setflags(write=False)


def as_matrix3(matrix: NDArray[np.float64]) -> Matrix3:
    """A 3×3 array as the tuple of tuples that `FrameMeta` keeps."""
    first, second, third = (
        (float(row[0]), float(row[1]), float(row[2])) for row in np.asarray(matrix)
    )
    return first, second, third
