"""Bilinear demosaicing for any repeating CFA."""

from typing import Any

from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.local import LocalOp, Run
from isp.registry import ANY_CFA, stage
from stages.kernels.bayer import red_phase
from stages.kernels.bilinear import MARGIN, bilinear_strip
from stages.kernels.normalised_convolution import block_weights, convolution_strip
from stages.kernels.unit_range import unit_range


@stage(
    "demosaic",
    reference="Losson, Macaire, Yang, Comparison of color demosaicing methods, AIEP 162, 2010",
    cfas=ANY_CFA,
    local=True,
)
def bilinear(meta: FrameMeta) -> LocalOp:
    """Average the nearest samples of each channel; on other CFAs than Bayer a tent-weighted mean.

    Parameters
    ----------
    meta : FrameMeta
        A mosaic of any CFA; mono frames give a grey picture.

    Returns
    -------
    LocalOp
        Mosaic to camera RGB, float32, 0 at black and 1 at white, not clipped.

    Raises
    ------
    StageError
        If black differs between sites, or the CFA lacks a channel.
    """
    run, margin = _bayer(meta) if meta.cfa.is_bayer else _any_cfa(meta)
    out = meta.then("bilinear", dtype="float32", space="camera")
    return LocalOp(run, out, above=margin, below=margin, side=margin, border="mirror")


def _bayer(meta: FrameMeta) -> tuple[Run, int]:
    line, red = unit_range(meta), red_phase(meta.cfa)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        bilinear_strip(src, dst, row, *red, *line)

    return run, MARGIN


def _any_cfa(meta: FrameMeta) -> tuple[Run, int]:
    line, weights = unit_range(meta), block_weights(meta.cfa)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        convolution_strip(src, dst, row, weights, *line)

    return run, weights.shape[2] // 2
