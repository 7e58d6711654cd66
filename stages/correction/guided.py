"""Cross-colour fill: the other colours' good pixels tell where edges run.

Reference: residual interpolation, D. Kiku, Y. Monno, M. Tanaka and M. Okutomi, *Residual interpolation
for color image demosaicking*, ICIP 2013, and *Beyond color difference*, IEEE TIP 25, 2016: a tentative
estimate from another channel, and the residual to it interpolated. There the guide is the green channel;
here, where green has the same hole, it is made from all colours brought to one mean and contrast.
"""

from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.registry import BAYER_MONO, stage
from isp.repair import Repair
from stages.kernels.diffusion import fill_window
from stages.kernels.encoding import Encoding
from stages.kernels.groups import ABSENT, GOOD, close_window, open_window, repair_by_groups

MARGIN: Final = 4  # pixels of surroundings: what blur and residual reach
REACH: Final = 32  # half side in pixels of the square that mean and contrast are taken from
BLUR: Final = 2  # radius of the guide's blur
CONTRAST_FLOOR: Final = 1e-4  # variance, range 1: keeps flat surroundings from blowing up noise
FEW: Final = 4  # same-colour pixels below which the whole window's mean and contrast are taken


@kernel()
def _moments(
    values: NDArray[np.float64], state: NDArray[np.uint8], step: int
) -> NDArray[np.float64]:
    """Running sums, plane by plane, of good pixels: count, value, square; (h + step, w + step, 3)."""
    height, width = values.shape
    sums = np.zeros((height + step, width + step, 3))
    for i in range(height):
        for j in range(width):
            good = 1.0 if state[i, j] == GOOD else 0.0
            value = good * values[i, j]
            own = (good, value, value * value)
            for m in range(3):
                sums[i + step, j + step, m] = (
                    own[m] + sums[i, j + step, m] + sums[i + step, j, m] - sums[i, j, m]
                )
    return sums


@kernel()
def _within(
    sums: NDArray[np.float64], top: int, left: int, low: int, right: int, step: int, m: int
) -> float:
    """One of the sums over a plane's pixels from (top, left) to (low, right), both included."""
    bottom, end = low + step, right + step
    return float(
        sums[bottom, end, m] - sums[top, end, m] - sums[bottom, left, m] + sums[top, left, m]
    )


@kernel()
def _local_scale(
    sums: NDArray[np.float64], i: int, j: int, step: int, reach: int
) -> tuple[float, float]:
    """Mean and contrast of the good pixels of one plane in a square round (i, j)."""
    height, width = sums.shape[0] - step, sums.shape[1] - step
    steps = reach // step
    top, left = i - min(steps, i // step) * step, j - min(steps, j // step) * step
    low = i + min(steps, (height - 1 - i) // step) * step
    right = j + min(steps, (width - 1 - j) // step) * step
    count = _within(sums, top, left, low, right, step, 0)
    if count < FEW:
        top, left = i % step, j % step
        low = i + (height - 1 - i) // step * step
        right = j + (width - 1 - j) // step * step
        count = _within(sums, top, left, low, right, step, 0)
    if count < 1:
        return 0.0, 1.0
    mean = _within(sums, top, left, low, right, step, 1) / count
    square = _within(sums, top, left, low, right, step, 2) / count
    return mean, np.sqrt(max(square - mean * mean, 0.0) + CONTRAST_FLOOR)


@kernel()
def _blurred(
    grey: NDArray[np.float64], state: NDArray[np.uint8], taps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Gaussian blur over the cells that are not absent."""
    height, width = grey.shape
    out = np.zeros(grey.shape)
    for i in range(BLUR, height - BLUR):
        for j in range(BLUR, width - BLUR):
            total, weights = 0.0, 0.0
            for di in range(-BLUR, BLUR + 1):
                for dj in range(-BLUR, BLUR + 1):
                    if state[i + di, j + dj] != ABSENT:
                        weight = taps[di + BLUR] * taps[dj + BLUR]
                        total += weight * grey[i + di, j + dj]
                        weights += weight
            out[i, j] = total / weights if weights > 0 else 0.0
    return out


@kernel()
def _guided_groups(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    members: NDArray[np.intp],
    starts: NDArray[np.intp],
    code: int,
    step: int,
    taps: NDArray[np.float64],
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    for g in range(len(starts) - 1):
        mine = members[starts[g] : starts[g + 1]]
        grey, state, top, left = open_window(
            mosaic, black, scale, unusable, rows, cols, mine, MARGIN, BLUR, code
        )
        height, width = grey.shape
        sums = _moments(grey, state, step)
        mean, contrast = np.zeros(grey.shape), np.ones(grey.shape)
        for i in range(height):
            for j in range(width):
                if state[i, j] != ABSENT:
                    mean[i, j], contrast[i, j] = _local_scale(sums, i, j, step, REACH)
                if state[i, j] == GOOD:
                    grey[i, j] = (grey[i, j] - mean[i, j]) / contrast[i, j]
        filled_state = state.copy()
        fill_window(grey, filled_state, 1, 1)
        guide = _blurred(grey, filled_state, taps)
        residual = grey - guide
        fill_window(residual, state, step, 1)
        filled = mean + contrast * (guide + residual)
        close_window(filled, state, top, left, black, scale, rows, cols, mine, code, values, done)


@stage(
    kind="corrector",
    reference="Kiku, Monno, Tanaka, Okutomi, Residual interpolation for color image demosaicking, 2013",
    cfas=BAYER_MONO,
)
def guided(
    frame: RawFrame,
    defects: DefectMap,
    *,
    blur_px: Annotated[float, Field(gt=0, le=2, description="blur of the guide, pixels")] = 0.7,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
) -> Repair:
    """Harmonic fill of the residual to a guide that is made from the good pixels of all colours.

    Each colour is brought to local mean 0 and contrast 1, the grey picture so made is filled at full
    resolution and blurred: the guide. The residual of each colour to it is filled in its plane.

    Parameters
    ----------
    frame : RawFrame
        Bayer or mono, any dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    blur_px : float
        Standard deviation of the guide's blur in pixels.
    encoding : str
        ``linear``, ``sqrt`` or ``srgb``: the curve that values are filled on.

    Returns
    -------
    Repair
        Not repaired: holes that no good pixel of their colour borders on.
    """
    taps = np.exp(-0.5 * (np.arange(-BLUR, BLUR + 1) / blur_px) ** 2)
    step = 1 if frame.cfa.family == "mono" else 2
    return repair_by_groups(
        frame, defects, _guided_groups, step, taps, gap=2 * BLUR, encoding=encoding
    )
