"""3×3 median of every pixel with its same-colour neighbours, defect or not.

Reference: J. W. Tukey, *Exploratory Data Analysis*, 1977 (running medians); what cameras without a defect
map do.
"""

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import BAYER_MONO, stage
from stages.kernels.median import median_rows


@stage(
    kind="naive",
    reference="Tukey, Exploratory Data Analysis, 1977: running medians",
    cfas=BAYER_MONO,
    local=True,
)
def plane_median(meta: FrameMeta) -> LocalOp:
    """3×3 median of the whole frame in each colour plane.

    Parameters
    ----------
    meta : FrameMeta
        Metadata of the frame; Bayer or mono, any dtype.

    Returns
    -------
    LocalOp
        Mosaic to mosaic of the same dtype and levels.
    """
    down, across = meta.cfa.period
    return LocalOp(
        lambda src, dst, row: median_rows(src, dst, down, across),
        meta.then("plane_median"),
        above=down,
        below=down,
        side=across,
        border="plane",
    )
