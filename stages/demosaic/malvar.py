"""Malvar–He–Cutler demosaicing."""

from typing import Any

from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import BAYER, stage
from isp.rows import RowFormat, RowOp, constants
from stages.kernels.bayer import red_phase
from stages.kernels.malvar import MARGIN, malvar_strip
from stages.kernels.malvar_rows import malvar_row_exact
from stages.kernels.unit_range import unit_range


@stage(
    "demosaic",
    reference="Malvar, He, Cutler, High-quality linear interpolation for demosaicing of"
    " Bayer-patterned color images, ICASSP 2004",
    cfas=BAYER,
    local=True,
)
def malvar(meta: FrameMeta) -> LocalOp:
    """Linear 5×5 filters: bilinear, corrected by the gradient of the measured channel.

    Parameters
    ----------
    meta : FrameMeta
        A Bayer mosaic, white balanced (the filters mix channels).

    Returns
    -------
    LocalOp
        Mosaic to camera RGB, float32, 0 at black and 1 at white, not clipped.

    Raises
    ------
    StageError
        If black differs between sites.
    """
    line, red = unit_range(meta), red_phase(meta.cfa)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        malvar_strip(src, dst, row, *red, *line)

    def rows(given: RowFormat) -> RowOp | None:
        units = given.channel_gains(meta.cfa)
        if given.lanes != "fixed" or units is None or line[1] != 0:
            return None
        step = float(line[0]) / 2.0**given.fraction_bits / 16
        numbers = constants(*red, *(unit * step for unit in units))
        return RowOp(RowFormat("planes"), malvar_row_exact, numbers)

    out = meta.then("malvar", dtype="float32", space="camera")
    return LocalOp(run, out, above=MARGIN, below=MARGIN, side=MARGIN, border="mirror", rows=rows)
