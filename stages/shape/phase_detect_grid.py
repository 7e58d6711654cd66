"""The regular grid of focus pixels of a phase-detecting sensor."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import CHANNEL_NAMES, CHANNEL_OF_SITE, Cfa
from isp.registry import stage

Pitch = Annotated[int, Field(ge=2, le=1024, description="pixels")]


@stage(
    "shape",
    reference="R. Fontaine, The state-of-the-art of mainstream CMOS image sensors, IISW 2015",
)
def phase_detect_grid(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    row_pitch_px: Pitch = 16,
    col_pitch_px: Pitch = 16,
    channel: Literal["R", "G", "B", "any"] = "G",
) -> NDArray[np.float32]:
    """Half-shielded pixels at a fixed pitch, pairs of one colour, over the whole size asked for.

    Parameters
    ----------
    row_pitch_px, col_pitch_px : int
        Distance of two pairs.
    channel : str
        Colour that gives way to the focus pixels; ``any`` (and mono sensors) takes the first pixel.

    Returns
    -------
    float32 array of shape ``size``
        1 at focus pixels, else 0.
    """
    mask = np.zeros(size, np.float32)
    places = [
        (i, j)
        for i in range(min(cfa.period[0], row_pitch_px))
        for j in range(min(cfa.period[1], col_pitch_px))
        if channel == "any" or CHANNEL_NAMES[CHANNEL_OF_SITE[cfa.site(i, j)]] in (channel, "mono")
    ]
    row, col = places[0] if places else (0, 0)
    mask[row::row_pitch_px, col::col_pitch_px] = 1
    partner = col + cfa.period[1]  # the same colour, shielded on the other side
    if partner < col + col_pitch_px:
        mask[row::row_pitch_px, partner::col_pitch_px] = 1
    if not mask.any():
        mask[0, 0] = 1
    return mask
