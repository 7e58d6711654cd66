"""Demosaicing with directional filtering and a posteriori decision (DDFAPD), row by row.

Reference: D. Menon, S. Andriani, G. Calvagno, *Demosaicing with directional filtering and a
posteriori decision*, IEEE Transactions on Image Processing 16(1), 2007. Weights of the classifier and
the order of the refining steps as in that paper.

Everything is kept as colour differences, in which the method is short. With K = chroma − green at
the chroma sites (0 at green ones):

1. K is estimated across (along the row) and along (the column); the smoother of both is chosen.
2. Refining: K becomes its mean over three taps in the chosen direction, where the two outer taps,
   at green sites, are themselves means of two K: weights 1/6, 4/6, 1/6 at a distance of two.
3. At green sites, own and missing chroma are green plus the mean of the K beside and of the K above
   and below; their difference T = R − B is then known there.
4. At chroma sites R − B is the mean of T in the chosen direction; refining averages that with the
   refined T of both neighbours.

The rows of each step live in short rings, so a strip of any height works in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels.bayer import chroma_parity, interleave_row, three_rows

MARGIN = 8
_SHORT, _LONG = 4, 8  # rows in a ring (powers of two: the index is masked)


@kernel()
def _directional_row(
    rows: tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]],
    parity: int,
    across: NDArray[Any],
    along: NDArray[Any],
) -> None:
    """K estimated along the row and along the column, from five mosaic rows."""
    up2, up1, centre, down1, down2 = rows
    n = across.size - 4
    left2, left1, mid = centre[0:n], centre[1 : n + 1], centre[2 : n + 2]
    right1, right2 = centre[3 : n + 3], centre[4 : n + 4]
    top2, top1, bottom1, bottom2 = up2[2:], up1[2:], down1[2:], down2[2:]
    out_across, out_along = across[2 : n + 2], along[2 : n + 2]
    half, quarter, zero = float32(0.5), float32(0.25), float32(0.0)
    for j in range(n):
        value = half * float32(mid[j])
        beside = half * (float32(left1[j]) + float32(right1[j]))
        over = half * (float32(top1[j]) + float32(bottom1[j]))
        same_beside = quarter * (float32(left2[j]) + float32(right2[j]))
        same_over = quarter * (float32(top2[j]) + float32(bottom2[j]))
        at_chroma = (j & 1) == parity
        out_across[j] = value + same_beside - beside if at_chroma else zero
        out_along[j] = value + same_over - over if at_chroma else zero


@kernel(inline="always")
def _gap(a: float32, b: float32) -> float32:
    return abs(a - b)


@kernel()
def _activity_across(
    up2: NDArray[Any],
    up1: NDArray[Any],
    centre: NDArray[Any],
    down1: NDArray[Any],
    down2: NDArray[Any],
    out: NDArray[Any],
) -> None:
    """Weighted sum of |K differences| along the rows of a 5×5 window."""
    n = out.size - 8
    a0, a2, a4 = up2[2:], up2[4:], up2[6:]
    b1, b3 = up1[3:], up1[5:]
    c0, c2, c4 = centre[2:], centre[4:], centre[6:]
    d1, d3 = down1[3:], down1[5:]
    e0, e2, e4 = down2[2:], down2[4:], down2[6:]
    result = out[4 : n + 4]
    for j in range(n):
        near = _gap(c0[j], c2[j]) + _gap(c2[j], c4[j])
        diagonal = _gap(b1[j], b3[j]) + _gap(d1[j], d3[j])
        far = (_gap(a0[j], a2[j]) + _gap(a2[j], a4[j])) + (_gap(e0[j], e2[j]) + _gap(e2[j], e4[j]))
        result[j] = float32(3.0) * near + diagonal + far


@kernel()
def _activity_along(
    up2: NDArray[Any],
    up1: NDArray[Any],
    centre: NDArray[Any],
    down1: NDArray[Any],
    down2: NDArray[Any],
    out: NDArray[Any],
) -> None:
    """Weighted sum of |K differences| along the columns of a 5×5 window."""
    n = out.size - 8
    a0, a2, a4 = up2[2:], up2[4:], up2[6:]
    b1, b3 = up1[3:], up1[5:]
    c0, c2, c4 = centre[2:], centre[4:], centre[6:]
    d1, d3 = down1[3:], down1[5:]
    e0, e2, e4 = down2[2:], down2[4:], down2[6:]
    result = out[4 : n + 4]
    for j in range(n):
        near = _gap(a2[j], c2[j]) + _gap(c2[j], e2[j])
        diagonal = _gap(b1[j], d1[j]) + _gap(b3[j], d3[j])
        far = (_gap(a0[j], c0[j]) + _gap(c0[j], e0[j])) + (_gap(a4[j], c4[j]) + _gap(c4[j], e4[j]))
        result[j] = float32(3.0) * near + diagonal + far


@kernel()
def _choose_row(
    across: NDArray[Any],
    along: NDArray[Any],
    activity_across: NDArray[Any],
    activity_along: NDArray[Any],
    is_across: NDArray[Any],
    chosen: NDArray[Any],
) -> None:
    """Take K of the direction with less activity; the row's direction wins a tie.

    The decision is kept as 1 or 0 in float32, as wide as the data: a byte mask would stop the loops
    that read it from being vectorised.
    """
    for j in range(chosen.size):
        row_wins = activity_along[j] >= activity_across[j]
        k_across, k_along = across[j], along[j]
        is_across[j] = float32(1.0) if row_wins else float32(0.0)
        chosen[j] = k_across if row_wins else k_along


@kernel()
def _refine_row(
    up2: NDArray[Any],
    centre: NDArray[Any],
    down2: NDArray[Any],
    is_across: NDArray[Any],
    out: NDArray[Any],
) -> None:
    """Mean of K over three taps in the chosen direction (step 2)."""
    n = out.size - 4
    left, mid, right = centre[0:n], centre[2 : n + 2], centre[4 : n + 4]
    top, bottom, flag, result = up2[2:], down2[2:], is_across[2:], out[2 : n + 2]
    half, sixth, four_sixths = float32(0.5), float32(1.0 / 6.0), float32(4.0 / 6.0)
    for j in range(n):
        beside, over = left[j] + right[j], top[j] + bottom[j]
        result[j] = four_sixths * mid[j] + sixth * (beside if flag[j] > half else over)


@kernel()
def _red_minus_blue_row(
    up: NDArray[Any],
    centre: NDArray[Any],
    down: NDArray[Any],
    half_sign: float32,
    out: NDArray[Any],
) -> None:
    """T = R − B at the green sites (step 3): 0 at chroma sites, whose neighbours' K are all 0."""
    n = out.size - 2
    left, right, top, bottom = centre[0:n], centre[2 : n + 2], up[1:], down[1:]
    result = out[1 : n + 1]
    for j in range(n):
        result[j] = half_sign * ((left[j] + right[j]) - (top[j] + bottom[j]))


@kernel()
def _difference_row(
    first: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    refined: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    is_across: NDArray[Any],
    refining: bool,
    out: NDArray[Any],
) -> None:
    """R − B at the chroma sites (step 4), from T and refined T of three rows."""
    n = out.size - 2
    left, right, top, bottom = first[1][0:n], first[1][2 : n + 2], first[0][1:], first[2][1:]
    left1, right1 = refined[1][0:n], refined[1][2 : n + 2]
    top1, bottom1 = refined[0][1:], refined[2][1:]
    flag, result = is_across[1:], out[1 : n + 1]
    half = float32(0.5)
    third = float32(1.0 / 3.0) if refining else float32(0.0)
    start = float32(1.0 / 6.0) if refining else float32(0.5)
    for j in range(n):
        beside = start * (left[j] + right[j]) + third * (left1[j] + right1[j])
        over = start * (top[j] + bottom[j]) + third * (top1[j] + bottom1[j])
        result[j] = beside if flag[j] > half else over


@kernel()
def _colour_row(
    mosaic: NDArray[Any],
    refined: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    red_minus_blue: NDArray[Any],
    parity: int,
    sign: float32,
    colours: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    """Turn K and R − B back into the row's own chroma, green, and the missing chroma."""
    own, green, missing = colours
    n, m = own.size, MARGIN
    up, centre, down = refined
    top, bottom, k = up[m : n + m], down[m : n + m], centre[m : n + m]
    left, right = centre[m - 1 : n + m - 1], centre[m + 1 : n + m + 1]
    value, difference = mosaic[m : n + m], red_minus_blue[m : n + m]
    half = float32(0.5)
    for j in range(n):
        v = float32(value[j])
        at_chroma = (j & 1) == parity
        own[j] = v if at_chroma else v + half * (left[j] + right[j])
        green[j] = v - k[j] if at_chroma else v
        missing[j] = v - sign * difference[j] if at_chroma else v + half * (top[j] + bottom[j])


@kernel()
def menon_strip(
    src: NDArray[Any],
    dst: NDArray[Any],
    row: int,
    red_row: int,
    red_col: int,
    scale: float32,
    offset: float32,
    refining: bool,
) -> None:
    """Demosaic a strip.

    Parameters
    ----------
    src : array of shape (rows + 16, W + 16)
        Mosaic rows with a margin of eight pixels.
    dst : float32 array of shape (rows, W, 3)
        Receives R, G, B; not clipped.
    row : int
        Frame row of the strip's first output row.
    red_row, red_col : int
        Parities of the red sites.
    scale, offset : float32
        The line applied to the output.
    refining : bool
        Whether the refining steps are done.
    """
    rows, width = dst.shape[0], dst.shape[1]
    flat = dst.reshape(rows, 3 * width)
    padded = width + 2 * MARGIN
    # Zeros, as a ring's first rows and outermost columns are read before they are written; what
    # comes of them never reaches the output.
    across, along = np.zeros((_LONG, padded), float32), np.zeros((_LONG, padded), float32)
    chosen, is_across = np.zeros((_LONG, padded), float32), np.zeros((_LONG, padded), float32)
    refined = np.zeros((_SHORT, padded), float32)
    t_first, t_refined = np.zeros((_SHORT, padded), float32), np.zeros((_SHORT, padded), float32)
    activity_across, activity_along = np.zeros(padded, float32), np.zeros(padded, float32)
    difference = np.zeros(padded, float32)
    own, green, missing = three_rows(width)
    long, short = _LONG - 1, _SHORT - 1

    for head in range(2, rows + 2 * MARGIN - 2):
        # `head` is the newest padded row; each later step trails it by the rows it looks ahead.
        _directional_row(
            (src[head - 2], src[head - 1], src[head], src[head + 1], src[head + 2]),
            chroma_parity(row + head, red_row, red_col),
            across[head & long],
            along[head & long],
        )
        r = head - 2
        a, b, c, d, e = (r - 2) & long, (r - 1) & long, r & long, (r + 1) & long, (r + 2) & long
        _activity_across(across[a], across[b], across[c], across[d], across[e], activity_across)
        _activity_along(along[a], along[b], along[c], along[d], along[e], activity_along)
        _choose_row(across[c], along[c], activity_across, activity_along, is_across[c], chosen[c])

        r = head - 4
        above, here, below = chosen[(r - 2) & long], chosen[r & long], chosen[(r + 2) & long]
        if refining:
            _refine_row(above, here, below, is_across[r & long], refined[r & short])
        else:
            refined[r & short, :] = here

        r = head - 5
        a, b, c = r - 1, r, r + 1
        half_sign = float32(-0.5) if (row + r + red_row) & 1 else float32(0.5)
        _red_minus_blue_row(
            chosen[a & long], chosen[b & long], chosen[c & long], half_sign, t_first[b & short]
        )
        _red_minus_blue_row(
            refined[a & short],
            refined[b & short],
            refined[c & short],
            half_sign,
            t_refined[b & short],
        )

        r = head - 6
        if r < MARGIN:
            continue
        a, b, c = (r - 1) & short, r & short, (r + 1) & short
        _difference_row(
            (t_first[a], t_first[b], t_first[c]),
            (t_refined[a], t_refined[b], t_refined[c]),
            is_across[r & long],
            refining,
            difference,
        )
        in_blue_row = (row + r + red_row) & 1
        _colour_row(
            src[r],
            (refined[a], refined[b], refined[c]),
            difference,
            chroma_parity(row + r, red_row, red_col),
            float32(-1.0) if in_blue_row else float32(1.0),
            (own, green, missing),
        )
        if in_blue_row:
            interleave_row(missing, green, own, scale, offset, flat[r - MARGIN])
        else:
            interleave_row(own, green, missing, scale, offset, flat[r - MARGIN])
