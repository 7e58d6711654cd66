"""3×3 median of each channel of the demosaiced picture.

Reference: J. W. Tukey, *Exploratory Data Analysis*, 1977 (running medians). Clusters are larger than its
window, and demosaicing has spread them by then: the opponent that is beaten most often.
"""

from typing import Any

from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import ANY_CFA, stage
from stages.kernels.median import median_rows

CHANNELS = 3


@stage(
    kind="naive",
    reference="Tukey, Exploratory Data Analysis, 1977: running medians",
    cfas=ANY_CFA,
    local=True,
    domain="rgb",
)
def rgb_median(meta: FrameMeta) -> LocalOp:
    """3×3 median of the whole picture in each channel.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of a picture, any space and dtype.

    Returns
    -------
    LocalOp
        Picture to picture of the same dtype and space.
    """

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        flat = (src.reshape(len(src), -1), dst.reshape(len(dst), -1))
        median_rows(*flat, 1, CHANNELS)

    step = meta.then("rgb_median")
    return LocalOp(run, step, above=1, below=1, side=1, border="mirror")
