"""White balance on the mosaic."""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.errors import StageError
from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage
from isp.rows import RowFormat, RowOp
from stages.kernels.site_line import over_row, site_line_strip

Gain = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@stage("level", reference="Adobe DNG specification, AsShotNeutral", local=True)
def white_balance(
    meta: FrameMeta,
    *,
    gains: Annotated[
        tuple[Gain, Gain, Gain] | None,
        Field(description="factors of red, green and blue; the frame's own where not given"),
    ] = None,
) -> LocalOp:
    """Multiply each CFA site by its channel's gain, so that white is R = G = B before demosaicing.

    Parameters
    ----------
    meta : FrameMeta
        A mosaic of any CFA with black subtracted.
    gains : (float, float, float), optional
        Factors of red, green and blue, > 0.

    Returns
    -------
    LocalOp
        Mosaic to mosaic, float32 DN; white and clipping levels differ between channels then (see the
        stage ``highlight_clip``). The frame's noise model no longer holds and is dropped.

    Raises
    ------
    StageError
        If black was not subtracted before.
    """
    if meta.levels.black.any():
        raise StageError(
            f"White balance scales the signal above black, but black is {meta.levels.black_dn} DN"
            " here; put the stage black_level before it."
        )
    applied = meta if gains is None else replace(meta, white_balance=gains)
    site_gains = applied.site_gains()
    times = over_row(site_gains, meta.shape[1])
    minus = np.zeros_like(times)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        site_line_strip(src, dst, row, minus, times)

    out = meta.then(
        f"white_balance(gains={applied.white_balance})",
        dtype="float32",
        levels=meta.levels.scaled(site_gains),
        white_balance=(1.0, 1.0, 1.0),
        noise=None,
    )

    def rows(given: RowFormat) -> RowOp | None:
        then = given.with_gains(site_gains) if given.lanes == "fixed" else None
        return None if then is None else RowOp(then)

    return LocalOp(run, out, rows=rows)
