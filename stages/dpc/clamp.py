"""Clamp to the four nearest same-colour neighbours."""

from typing import Any

from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.jit import kernel
from isp.local import LocalOp
from isp.registry import BAYER_MONO, stage
from stages.kernels.neighbours import greater, lesser, neighbour_op


@kernel()
def _row(
    up: NDArray[Any], mid: NDArray[Any], low: NDArray[Any], dst: NDArray[Any], right: int
) -> None:
    n = dst.size
    above, below = up[right : right + n], low[right : right + n]
    left, centre, far = mid[:n], mid[right : right + n], mid[2 * right : 2 * right + n]
    for j in range(n):
        least = lesser(lesser(above[j], below[j]), lesser(left[j], far[j]))
        most = greater(greater(above[j], below[j]), greater(left[j], far[j]))
        dst[j] = greater(least, lesser(most, centre[j]))


@kernel()
def _clamp_rows(src: NDArray[Any], dst: NDArray[Any], down: int, right: int) -> None:
    for i in range(dst.shape[0]):
        _row(src[i], src[i + down], src[i + 2 * down], dst[i], right)


@stage(
    kind="dpc",
    reference="Hot-pixel suppression of Halide's camera_pipe; A. Adams et al., The Frankencamera, "
    "SIGGRAPH 2010",
    cfas=BAYER_MONO,
    local=True,
)
def clamp(meta: FrameMeta) -> LocalOp:
    """Clamp every pixel to the least and the most of its four nearest same-colour neighbours.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the frame; Bayer or mono.
    """
    return neighbour_op(meta, "clamp", _clamp_rows)
