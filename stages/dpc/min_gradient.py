"""Min/max test with replacement along the smallest gradient."""

from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from isp.frame import FrameMeta
from isp.jit import kernel
from isp.local import LocalOp
from isp.registry import BAYER_MONO, stage
from stages.kernels.neighbours import (
    greater,
    lesser,
    midpoint,
    neighbour_op,
    range_fraction_dn,
)


@kernel()
def _row(
    up: NDArray[Any],
    mid: NDArray[Any],
    low: NDArray[Any],
    dst: NDArray[Any],
    right: int,
    threshold: Any,
) -> None:
    n = dst.size
    cast = dst.dtype.type
    up_left, up_mid, up_right = up[:n], up[right : right + n], up[2 * right : 2 * right + n]
    left, centre, far = mid[:n], mid[right : right + n], mid[2 * right : 2 * right + n]
    low_left, low_mid, low_right = low[:n], low[right : right + n], low[2 * right : 2 * right + n]
    for j in range(n):
        # Both ends of each direction, in rising order: across, along, falling, rising.
        a, b = lesser(left[j], far[j]), greater(left[j], far[j])
        c, d = lesser(up_mid[j], low_mid[j]), greater(up_mid[j], low_mid[j])
        e, f = lesser(up_left[j], low_right[j]), greater(up_left[j], low_right[j])
        g, h = lesser(low_left[j], up_right[j]), greater(low_left[j], up_right[j])
        least, most = lesser(lesser(a, c), lesser(e, g)), greater(greater(b, d), greater(f, h))
        straight = cast(d - c) < cast(b - a)
        low_s, high_s = (c, d) if straight else (a, b)
        slanted = cast(h - g) < cast(f - e)
        low_d, high_d = (g, h) if slanted else (e, f)
        diagonal = cast(high_d - low_d) < cast(high_s - low_s)
        low_m, high_m = (low_d, high_d) if diagonal else (low_s, high_s)
        value = centre[j]
        over = cast(greater(value, most) - most)
        under = cast(least - lesser(value, least))
        bad = greater(over, under) > threshold
        dst[j] = cast(midpoint(low_m, high_m)) if bad else value


@kernel()
def _min_gradient_rows(
    src: NDArray[Any], dst: NDArray[Any], down: int, right: int, threshold: Any
) -> None:
    for i in range(dst.shape[0]):
        _row(src[i], src[i + down], src[i + 2 * down], dst[i], right, threshold)


@stage(
    kind="dpc",
    reference="Dynamic defective pixel correction for image sensors, IEEE 2020 (document 9194921), "
    "as cited by Infinite-ISP; the gradients leave out the pixel under test",
    cfas=BAYER_MONO,
    local=True,
)
def min_gradient(
    meta: FrameMeta, *, threshold: Annotated[float, Field(ge=0, le=1)] = 0.02
) -> LocalOp:
    """Replace a pixel beyond all eight same-colour neighbours by the mean along the flattest direction.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the frame; Bayer or mono.
    threshold : float
        Least distance from every one of the eight neighbours, as a fraction of the range
        white − black. The mean of a direction's two ends is rounded down on whole codes.
    """
    limit = range_fraction_dn(meta, threshold)
    return neighbour_op(meta, f"min_gradient(threshold={threshold})", _min_gradient_rows, limit)
