"""Menon–Andriani–Calvagno demosaicing (DDFAPD)."""

from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import BAYER, stage
from stages.kernels.bayer import red_phase
from stages.kernels.menon import MARGIN, menon_strip
from stages.kernels.unit_range import unit_range


@stage(
    "demosaic",
    reference="Menon, Andriani, Calvagno, Demosaicing with directional filtering and a posteriori"
    " decision, IEEE TIP 16(1), 2007",
    cfas=BAYER,
    local=True,
)
def menon(
    meta: FrameMeta,
    *,
    refining: Annotated[bool, Field(description="smooth colour differences afterwards")] = True,
) -> LocalOp:
    """Interpolate along rows and along columns, keep the smoother of both, refine the colours.

    Parameters
    ----------
    meta : FrameMeta
        A Bayer mosaic, white balanced (the decision compares colour differences).
    refining : bool
        Whether to do the paper's refining step.

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
        menon_strip(src, dst, row, *red, *line, refining)

    out = meta.then(f"menon(refining={refining})", dtype="float32", space="camera")
    return LocalOp(run, out, above=MARGIN, below=MARGIN, side=MARGIN, border="mirror")
