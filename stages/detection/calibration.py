"""Defect map of a sensor from its dark and flat frames, by a vote of many."""

from math import lcm
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.defects import DefectKind, DefectMap
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import RawFrame
from isp.noise_estimate import code_step_dn
from isp.registry import stage
from stages.kernels.line_faults import line_faults

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

MAD_TO_SIGMA = 1.4826  # of a Gaussian
TILE = 16  # pixels of a colour plane on a side: shading and glow are wider, clusters narrower
WARM_SHARE = 0.05  # of the range above black: a smaller excess in the dark is called warm
DEAD_RESPONSE = 0.1  # of what the pixels around give
FEWEST_FOR_NOISE = 8  # dark frames, below which a pixel's own variance says little
LINE_SIGMA = 5.0
LEAST_SIGMA_STEPS = 2 / 3  # of the code grid: below, noise is not Gaussian
RAREST_STATE = 0.15  # share of the frames in which a blinking pixel is in its rarer state


@stage(
    kind="detector",
    reference="EMVA Standard 1288 release 4, dark and flat series; merging by a share of the frames "
    "after the defect tasks of LSST's cp_pipe; bad columns after IRAF's ccdmask",
    frames=("dark", "flat"),
)
def calibration(
    frames: FrameSet,
    *,
    fraction: Annotated[float, Field(gt=0, le=1)] = 0.7,
    hot_sigma: Annotated[float, Field(gt=0)] = 9.0,
    hot_share: Annotated[float, Field(ge=0, lt=1)] = 0.0075,
    hot_dn: Annotated[float, Field(gt=0)] | None = None,
    response: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    noisy_sigma: Annotated[float, Field(gt=0)] = 9.0,
) -> DefectMap:
    """Map the defects of a sensor: hot and noisy pixels from darks, bad responses from flats, lines.

    Parameters
    ----------
    frames : FrameSet
        Dark frames, flat frames or both; scenes are not looked at. Each is compared with its own median
        in tiles, colour by colour, so shading and glow do no harm.
    fraction : float
        Share of the darks (or flats) that must agree on a pixel.
    hot_sigma : float
        Excess in the dark that makes a pixel hot, in robust sigma of its colour plane.
    hot_share : float
        Least excess as a share of the range white − black: the tail of ordinary dark current, which
        goes on without a gap, is not mapped below it.
    hot_dn : float, optional
        Excess in DN; takes the place of both.
    response : float
        Least relative deviation of a pixel in flats from the pixels around.
    noisy_sigma : float
        Excess of a pixel's temporal deviation over that of its colour, in robust sigma; needs eight
        darks.

    Returns
    -------
    DefectMap
        Severity: mean excess in the dark, mean deviation in the flats, temporal deviation of noisy
        pixels; DN.

    Raises
    ------
    StageError
        If there is neither a dark nor a flat frame.
    """
    if not (frames.dark or frames.flat):
        raise StageError(
            "Stage 'calibration' needs dark or flat frames (--dark, --flat); for an ordinary scene use"
            " 'dynamic'."
        )
    found = []
    if len(frames.dark) >= FEWEST_FOR_NOISE:
        found.append(_noisy(frames.dark, noisy_sigma, fraction))
    if frames.flat:
        found.append(_response(frames.flat, response, fraction))
    if frames.dark:
        found.append(_hot(frames.dark, hot_sigma, hot_share, hot_dn, fraction))
    found += [_lines(group) for group in (frames.dark, frames.flat) if group]
    return _merged(frames, found)


def _merged(frames: FrameSet, maps: list[DefectMap]) -> DefectMap:
    """One map in which a pixel keeps the kind that the later maps give it."""
    frame = frames.first
    kind = np.zeros(frame.shape, np.uint8)
    severity = np.zeros(frame.shape, np.float32)
    for one in maps:
        kind[one.rows, one.cols] = one.kind
        severity[one.rows, one.cols] = one.severity_dn
    rows, cols = np.nonzero(kind)
    counts = np.bincount(kind.ravel(), minlength=len(DefectKind))
    found = [f"{k.label} {counts[k]}" for k in DefectKind if k and counts[k]]
    source = (
        f"calibration: vote of {len(frames.dark)} dark and {len(frames.flat)} flat frames; "
        + (", ".join(found) or "none")
    )
    columns = {"kind": kind[rows, cols], "severity_dn": severity[rows, cols]}
    return DefectMap.for_frame(rows, cols, frame, **columns, source=source).labelled()


def _hot(
    darks: tuple[RawFrame, ...],
    sigmas: float,
    share: float,
    limit_dn: float | None,
    fraction: float,
) -> DefectMap:
    first = darks[0]
    span = float((first.levels.white - first.levels.black).max())
    votes, total = np.zeros(first.shape, np.int32), np.zeros(first.shape, np.float64)
    railed = np.zeros(first.shape, np.int32)
    rail = first.levels.spread(first.levels.clip, first.shape)
    for dark in darks:
        excess = _flattened(dark)
        own_limit = np.maximum(sigmas * _plane_sigma(dark, excess), share * span)
        votes += excess > (own_limit if limit_dn is None else limit_dn)
        railed += dark.mosaic >= rail
        total += excess
    bad = _agreed(first, votes, len(darks), fraction)
    rows, cols = np.nonzero(bad)
    mean = (total[bad] / len(darks)).astype(np.float32)
    kind = np.where(mean < WARM_SHARE * span, DefectKind.WARM, DefectKind.HOT)
    kind = np.where(railed[bad] >= fraction * len(darks), DefectKind.STUCK_HIGH, kind)
    return DefectMap.for_frame(rows, cols, first, kind=kind, severity_dn=mean)


def _response(flats: tuple[RawFrame, ...], limit: float, fraction: float) -> DefectMap:
    first = flats[0]
    votes, total = np.zeros(first.shape, np.int32), np.zeros(first.shape, np.float64)
    share = np.zeros(first.shape, np.float64)
    for flat in flats:
        off = _flattened(flat)
        level = np.maximum(flat.signal() - off, 1e-3)
        votes += np.abs(off) > np.maximum(limit * level, 6 * _plane_sigma(flat, off))
        total += off
        share += 1 + off / level
    bad = _agreed(first, votes, len(flats), fraction)
    rows, cols = np.nonzero(bad)
    mean, ratio = (total[bad] / len(flats)).astype(np.float32), share[bad] / len(flats)
    kind = np.where(ratio < 1, DefectKind.LOW_RESPONSE, DefectKind.HIGH_RESPONSE)
    kind = np.where(ratio < DEAD_RESPONSE, DefectKind.DEAD, kind)
    return DefectMap.for_frame(rows, cols, first, kind=kind, severity_dn=mean)


def _noisy(darks: tuple[RawFrame, ...], sigmas: float, fraction: float) -> DefectMap:
    """Pixels whose values scatter from frame to frame; blinking where they keep to two states."""
    first = darks[0]
    mean, square = np.zeros(first.shape), np.zeros(first.shape)
    for n, dark in enumerate(darks, 1):  # Welford's updates: one frame at a time
        step = dark.signal() - mean
        mean += step / n
        square += step * (dark.signal() - mean)
    scatter = np.sqrt(square / (len(darks) - 1)).astype(np.float32)
    over = scatter.copy()
    for site, plane in _planes(scatter, first.cfa):
        over[site] -= np.median(plane)
    bad = _agreed(first, (over > sigmas * _plane_sigma(first, over)).astype(np.int32), 1, fraction)
    rows, cols = np.nonzero(bad)
    series = np.stack([dark.signal()[bad] for dark in darks])
    kind = np.where(_two_states(series), DefectKind.BLINKING, DefectKind.NOISY)
    return DefectMap.for_frame(rows, cols, first, kind=kind, severity_dn=scatter[bad])


def _two_states(series: Floats) -> Mask:
    """Whether each series (frames, N) falls into two groups with more between them than within."""
    ordered = np.sort(series, axis=0)
    fewest = max(int(RAREST_STATE * len(series)), 2)
    gaps = np.diff(ordered, axis=0)[fewest - 1 : len(series) - fewest]
    return np.asarray(gaps.max(axis=0) > 0.5 * (ordered[-1] - ordered[0]))


def _lines(group: tuple[RawFrame, ...]) -> DefectMap:
    """Rows and columns that are bad in the mean of the frames, inside the active area."""
    frame = group[0]
    mean = np.asarray(np.mean([_flattened(one) for one in group], axis=0), np.float32)
    inside = frame.meta.active_area.slices
    sigma = _plane_sigma(frame, mean)[inside]
    step = lcm(*frame.cfa.period)  # colours repeat with it both ways, whatever the CFA
    return line_faults(mean[inside], sigma, step, LINE_SIGMA).as_map(frame)


def _agreed(frame: RawFrame, votes: NDArray[np.int32], count: int, fraction: float) -> Mask:
    """Pixels of the active area with enough votes."""
    inside = np.zeros(frame.shape, np.bool_)
    inside[frame.meta.active_area.slices] = True
    return np.asarray((votes >= np.ceil(fraction * count)) & inside)


def _planes(
    picture: NDArray[np.float32], cfa: Cfa
) -> list[tuple[tuple[slice, slice], NDArray[np.float32]]]:
    """Each site of the CFA's period with its plane, where the frame has one."""
    rows, cols = cfa.period
    sites = [(slice(i, None, rows), slice(j, None, cols)) for i in range(rows) for j in range(cols)]
    return [(site, picture[site]) for site in sites if picture[site].size]


def _flattened(frame: RawFrame) -> Floats:
    """DN above the median of the same colour around, float32 (H, W)."""
    flat = frame.signal()
    for site, plane in _planes(flat, frame.cfa):
        flat[site] = plane - _background(plane)
    return flat


def _background(plane: Floats) -> Floats:
    """Medians of tiles, joined linearly; float32 of the plane's shape."""
    from scipy import ndimage

    rows, cols = (max(size // TILE, 1) for size in plane.shape)
    tiles = [
        [np.median(part) for part in np.array_split(band, cols, axis=1)]
        for band in np.array_split(plane, rows, axis=0)
    ]
    where = [
        (np.arange(size) + 0.5) * count / size - 0.5
        for size, count in zip(plane.shape, (rows, cols), strict=True)
    ]
    grid = np.meshgrid(*where, indexing="ij")
    return np.asarray(
        ndimage.map_coordinates(np.asarray(tiles, np.float32), grid, order=1, mode="nearest"),
        np.float32,
    )


def _plane_sigma(frame: RawFrame, off: Floats) -> Floats:
    """Robust sigma of each colour plane, at every pixel; no finer than the codes allow."""
    sigma = np.empty_like(off)
    least = LEAST_SIGMA_STEPS * code_step_dn(frame)
    for site, plane in _planes(off, frame.cfa):
        spread = MAD_TO_SIGMA * float(np.median(np.abs(plane - np.median(plane))))
        sigma[site] = max(spread, least, 1e-6)
    return sigma
