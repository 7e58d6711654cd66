"""Rules by the defect's shape: isolated pixel, lone column or row, cluster.

Reference: the bad-pixel rules of Adobe's DNG SDK after their published description: isolated pixels from
the flattest directions of 5×5; a lone column or row from seven directions of 9×9, the greens matched and
the result held between its neighbours; clusters and rectangles from rings of growing radius that leave
bad pixels out. Own code; the rings may grow further than the description's four steps.
"""

from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import GB, GR
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.jit import kernel
from isp.registry import BAYER_MONO, stage
from isp.repair import Repair
from stages.kernels.same_colour import (
    Neighbours,
    gather,
    neighbours,
    repair_by_neighbours,
    signal_at,
)

TOLERANCE: Final = 1.5  # directions whose gradient is up to this times the least are averaged
NEAR: Final = 2  # radius of 5×5
FAR: Final = 4  # radius of 9×9, where the directions across a line end
SHIFT: Final = 2  # gradients are averaged over pairs shifted this far along the line
# Directions across a line defect, in same-colour steps (along it, across it).
ACROSS: Final = ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2))


@kernel()
def _inside(unusable: NDArray[np.bool_], row: int, col: int, radius: int) -> bool:
    height, width = unusable.shape
    return bool(radius <= row < height - radius and radius <= col < width - radius)


@kernel()
def _alone(unusable: NDArray[np.bool_], row: int, col: int, radius: int, line: int) -> bool:
    """Whether all around is good, except (line 1) in the pixel's column or (2) in its row."""
    if not _inside(unusable, row, col, radius):
        return False
    for i in range(-radius, radius + 1):
        for j in range(-radius, radius + 1):
            spared = (j == 0 and (i == 0 or line == 1)) or (i == 0 and line == 2)
            if not spared and unusable[row + i, col + j]:
                return False
    return True


@kernel()
def _isolated(
    mosaic: NDArray[Any], black: NDArray[np.float64], row: int, col: int, step: int
) -> float:
    """Mean of the opposite neighbours along the flattest directions of 5×5, in DN above black."""
    vectors = ((0, step), (step, 0), (step, step), (step, -step))
    gradient, value = np.empty(4), np.empty(4)
    for d in range(4):
        dr, dc = vectors[d]
        total, count = 0.0, 0
        for i in range(-NEAR, NEAR + 1):
            for j in range(-NEAR, NEAR + 1):
                ends = abs(i + dr) <= NEAR and abs(j + dc) <= NEAR
                own = (i == 0 and j == 0) or (i == -dr and j == -dc)
                if ends and not own:
                    a = signal_at(mosaic, black, row + i, col + j)
                    total += abs(a - signal_at(mosaic, black, row + i + dr, col + j + dc))
                    count += 1
        a = signal_at(mosaic, black, row - dr, col - dc)
        b = signal_at(mosaic, black, row + dr, col + dc)
        gradient[d] = (total + 0.5 * abs(a - b)) / (count + 1)
        value[d] = 0.5 * (a + b)
    flat = gradient <= TOLERANCE * gradient.min()
    return float(value[flat].mean())


@kernel()
def _green_split(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
) -> float:
    """Mean of the pixel's own green less that of the other green in 9×9."""
    total, count = np.zeros(2), np.zeros(2)
    for i in range(-FAR, FAR + 1):
        for j in range(-FAR, FAR + 1):
            if (i + j) % 2 == 0 and not unusable[row + i, col + j]:
                total[i % 2] += signal_at(mosaic, black, row + i, col + j)
                count[i % 2] += 1
    return float(total[0] / count[0] - total[1] / count[1])


@kernel()
def _change(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    row: int,
    col: int,
    dr: int,
    dc: int,
    vertical: bool,
) -> float:
    """Mean difference between the sides of a line defect, along one direction, times its length."""
    total = 0.0
    for shift in range(-SHIFT, SHIFT + 1):
        r, c = (row + shift, col) if vertical else (row, col + shift)
        a = signal_at(mosaic, black, r - dr, c - dc)
        total += abs(a - signal_at(mosaic, black, r + dr, c + dc))
    return float(total / (2 * SHIFT + 1) * np.sqrt(float(dr * dr + dc * dc)))


@kernel()
def _line(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    row: int,
    col: int,
    step: int,
    vertical: bool,
    green: bool,
) -> float:
    """Interpolate across a lone column (or row) along its flattest directions, in DN above black."""
    gradient, value = np.full(len(ACROSS) + 2, np.inf), np.zeros(len(ACROSS) + 2)
    low, high = np.inf, -np.inf
    for d in range(len(ACROSS)):
        along, across = step * ACROSS[d][0], step * ACROSS[d][1]
        dr, dc = (along, across) if vertical else (across, along)
        a = signal_at(mosaic, black, row - dr, col - dc)
        b = signal_at(mosaic, black, row + dr, col + dc)
        gradient[d] = _change(mosaic, black, row, col, dr, dc, vertical)
        value[d] = 0.5 * (a + b)
        if d < 3:
            low, high = min(low, a, b), max(high, a, b)
    if green:
        split = _green_split(mosaic, black, unusable, row, col)
        for d in range(2):
            dc = 1 - 2 * d
            a = signal_at(mosaic, black, row - 1, col - dc) + split
            b = signal_at(mosaic, black, row + 1, col + dc) + split
            gradient[len(ACROSS) + d] = _change(mosaic, black, row, col, 1, dc, vertical)
            value[len(ACROSS) + d] = 0.5 * (a + b)
            low, high = min(low, a, b), max(high, a, b)
    flat = gradient <= TOLERANCE * gradient.min()
    return float(min(max(value[flat].mean(), low), high))


@kernel()
def _walk(
    mosaic: NDArray[Any],
    black: NDArray[np.float64],
    unusable: NDArray[np.bool_],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    table: Neighbours,
    greens: NDArray[np.bool_],
    step: int,
    min_good: int,
    values: NDArray[np.float32],
    done: NDArray[np.bool_],
) -> None:
    found = np.empty(len(table.ring))
    which = np.empty(len(table.ring), np.intp)
    for i in range(len(rows)):
        row, col = rows[i], cols[i]
        green = greens[row % greens.shape[0], col % greens.shape[1]]
        done[i] = True
        if _alone(unusable, row, col, NEAR, 0):
            values[i] = _isolated(mosaic, black, row, col, step)
        elif _alone(unusable, row, col, FAR + SHIFT, 1):
            values[i] = _line(mosaic, black, unusable, row, col, step, True, green)
        elif _alone(unusable, row, col, FAR + SHIFT, 2):
            values[i] = _line(mosaic, black, unusable, row, col, step, False, green)
        else:
            count = gather(mosaic, black, unusable, row, col, table, min_good, found, which)
            done[i] = count > 0
            if count > 0:
                values[i] = found[:count].mean()


@stage(
    kind="corrector",
    reference="Rules of Adobe's DNG SDK for opcodes FixBadPixelsConstant and FixBadPixelsList",
    cfas=BAYER_MONO,
)
def dispatch(
    frame: RawFrame,
    defects: DefectMap,
    *,
    min_good: Annotated[
        int, Field(ge=1, le=64, description="good pixels to go by in clusters")
    ] = 3,
    reach_px: Annotated[int, Field(ge=2, le=128, description="largest ring, pixels")] = 32,
) -> Repair:
    """A rule for each shape: isolated pixel, lone column, lone row, cluster.

    Parameters
    ----------
    frame : RawFrame
        Bayer or mono, any dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    min_good : int
        In clusters rings grow until they hold this many good pixels.
    reach_px : int
        Radius of the largest ring in pixels; the published rules stop at four same-colour steps, 8 on
        Bayer.

    Returns
    -------
    Repair
        Not repaired: pixels of clusters with no good one in reach.
    """
    greens = np.isin(np.asarray(frame.cfa.pattern), (GR, GB))
    step = frame.cfa.period[0]
    table = neighbours(frame.cfa, reach_px, "split", "round")
    return repair_by_neighbours(frame, defects, table, _walk, greens, step, min_good)
