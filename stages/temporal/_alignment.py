"""A neighbouring frame laid over another: its exposure, its shift, and where both show the same scene.

Reference: C. D. Kuglin, D. C. Hines, *The phase correlation image alignment method*, Proc. IEEE Int.
Conf. Cybernetics and Society (1975), on cells of one CFA period, so that only shifts that keep every
colour on its own sites come out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.frame import RawFrame
from isp.noise_estimate import estimate_noise

SLACK = 0.015  # of the signal: what light flicker and pixel response add to the noise model
CLIPPED_Z2 = 25.0  # one pixel that nobody knows to be bad must not speak for its surroundings
MEDIAN_CHI2 = 0.4549  # of one degree of freedom
STATIC_Z2 = 2.0  # robust mean of squared differences in units of the noise: above, the scene moved
QUIET_Z2 = 1.3  # below, no other shift is looked for
LOCAL_Z2 = 2.5
RADIUS_PX = 5
LEAST_AROUND = 12  # good pixels, below which the surroundings say nothing
LEAST_OVERLAP = 0.25
LEAST_BRIGHT = 64  # pixels that a ratio of exposures is taken from
BRIGHT_SIGMA = 8.0
PEAKS = 3

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class View:
    """One frame as alignment sees it: DN above black, its noise, and the pixels one may trust."""

    signal: Floats
    variance: Floats
    good: Mask
    period: tuple[int, int]

    @classmethod
    def of(cls, frame: RawFrame, marked: Mask) -> "View":
        """The view of a frame, (H, W), with its marked and its saturated pixels left out."""
        signal = frame.signal()
        noise = frame.meta.noise or estimate_noise(frame)
        clip = frame.levels.spread(frame.levels.clip, frame.shape)
        variance = noise.variance_dn2(signal).astype(np.float32)
        return cls(signal, variance, ~marked & (frame.mosaic < clip), frame.cfa.period)


@dataclass(frozen=True, eq=False)
class Match:
    """How a neighbouring frame lies over the reference.

    Parameters
    ----------
    shift : (int, int)
        The neighbour's pixel (row + shift[0], col + shift[1]) shows what (row, col) shows.
    gain : float
        What the neighbour's signal is to be multiplied by.
    spread : float
        Squared difference in units of the noise: 1 where only noise tells the frames apart.
    same : bool array of shape (H, W)
        Where the surroundings agree.
    """

    shift: tuple[int, int]
    gain: float
    spread: float
    same: Mask


def match(here: View, there: View) -> Match | None:
    """Lay one frame over another; None where no shift by whole CFA periods makes them agree."""
    best = _compared(here, there, (0, 0))
    if best is None or best[0] > QUIET_Z2:
        tried = [_compared(here, there, shift) for shift in _shifts(here, there)]
        able = [one for one in (best, *tried) if one is not None]
        best = min(able, key=lambda one: one[0], default=None)
    if best is None:
        return None
    _, shift, gain, z2, known = best
    spread = float(np.median(z2[known])) / MEDIAN_CHI2
    if spread > STATIC_Z2:
        return None
    same = np.zeros(here.good.shape, np.bool_)
    same[_overlap(here.good.shape, shift)] = _agreeing(z2, known, max(spread, 1.0))
    return Match(shift, gain, spread, same)


def _overlap(shape: tuple[int, ...], shift: tuple[int, int]) -> tuple[slice, slice]:
    """Where pixels have a counterpart inside the frame that is shifted against theirs."""
    rows, cols = (
        slice(max(0, -move), size - max(0, move)) for size, move in zip(shape, shift, strict=True)
    )
    return rows, cols


_Compared = tuple[float, tuple[int, int], float, Floats, Mask]


def _compared(here: View, there: View, shift: tuple[int, int]) -> _Compared | None:
    """Mean clipped squared difference under a shift, with what it was made from."""
    at, counterpart = _overlap(here.good.shape, shift), _overlap(there.good.shape, _back(shift))
    known = here.good[at] & there.good[counterpart]
    if not known.any() or known.size < LEAST_OVERLAP * here.good.size:
        return None
    a, b = here.signal[at], there.signal[counterpart]
    va, vb = here.variance[at], there.variance[counterpart]
    gain = _gain(a, b, va, vb, known)
    noise = va + np.float32(gain**2) * vb + np.square(np.float32(SLACK) * a)
    z2 = np.square(a - np.float32(gain) * b) / noise
    np.minimum(z2, np.float32(CLIPPED_Z2), out=z2)
    return float(z2[known].mean()), shift, gain, z2, known


def _back(shift: tuple[int, int]) -> tuple[int, int]:
    return -shift[0], -shift[1]


def _gain(a: Floats, b: Floats, va: Floats, vb: Floats, known: Mask) -> float:
    """Ratio of the exposures: median over what is bright in both; 1 where all is dark."""
    bright = known & (a**2 > BRIGHT_SIGMA**2 * va) & (b**2 > BRIGHT_SIGMA**2 * vb)
    bright &= (a > 0) & (b > 0)
    if np.count_nonzero(bright) < LEAST_BRIGHT:
        return 1.0
    return float(np.median(a[bright] / b[bright]))


def _agreeing(z2: Floats, known: Mask, spread: float) -> Mask:
    """Where the good pixels around differ by no more than noise."""
    from scipy.ndimage import uniform_filter

    side = 2 * RADIUS_PX + 1

    def summed(values: Floats) -> Floats:
        return np.asarray(uniform_filter(values, side, mode="constant"), np.float32) * side**2

    count = summed(known.astype(np.float32))
    total = summed(np.where(known, z2, np.float32(0)))
    return np.asarray((count >= LEAST_AROUND) & (total <= LOCAL_Z2 * spread * count))


def _shifts(here: View, there: View) -> list[tuple[int, int]]:
    """Whole-period shifts worth trying: the highest peaks of the phase correlation."""
    a, b = _cells(here), _cells(there)
    if min(a.shape) < 2:
        return []
    cross = np.conj(np.fft.rfft2(a)) * np.fft.rfft2(b)
    strength = np.maximum(np.abs(cross), 1e-12 * np.abs(cross).max() + 1e-30)
    found: dict[tuple[int, int], None] = {}
    for whitening in (1.0, 0.5):  # fully whitened, noise drowns what a blurred picture has
        peak = np.fft.irfft2(cross / strength**whitening, a.shape)
        for flat in np.argsort(peak, axis=None)[: -PEAKS - 1 : -1]:
            cell = np.unravel_index(int(flat), a.shape)
            found[_pixels(cell, a.shape, here.period)] = None
    return [shift for shift in found if shift != (0, 0)]


def _pixels(
    cell: tuple[np.intp, ...], cells: tuple[int, ...], period: tuple[int, int]
) -> tuple[int, int]:
    """A peak's place as a signed shift in pixels."""
    row, col = (
        (int(at) - size if at > size // 2 else int(at)) * step
        for at, size, step in zip(cell, cells, period, strict=True)
    )
    return row, col


def _cells(view: View) -> NDArray[np.float64]:
    """One value a CFA period: mean of its good sites, each relative to its plane; windowed to 0."""
    rows, cols = view.period
    height, width = view.good.shape[0] // rows, view.good.shape[1] // cols
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for i in range(rows):
        for j in range(cols):
            site = (slice(i, height * rows, rows), slice(j, width * cols, cols))
            good, signal = view.good[site], view.signal[site]
            level = float(signal[good].mean()) if good.any() else 1.0
            total += np.where(good, signal / (level or 1.0) - 1, 0)
            count += good
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    return np.asarray(total / np.maximum(count, 1) * window)
