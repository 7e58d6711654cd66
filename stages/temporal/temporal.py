"""Defective pixels from the neighbouring frames of a static scene.

Reference: frames of a static scene differ by noise only, which is judged in units of a Poisson-Gaussian
model (A. Foi et al., IEEE TIP 17, 2008); a pixel with a random telegraph signal is as good as any other
while its traps are empty (S. Machlup, J. Appl. Phys. 25, 1954); shifts by phase correlation (C. D.
Kuglin, D. C. Hines, 1975), as dithered exposures free astronomical frames of fixed defects (A. S.
Fruchter, R. N. Hook, *Drizzle*, PASP 114, 2002).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.bound import stage as stage_of
from isp.defects import DefectKind, DefectMap
from isp.errors import StageError
from isp.frame import Area, RawFrame
from isp.registry import stage
from isp.repair import Repair
from stages.temporal._alignment import View, match
from stages.temporal._states import combined, quiet_state, surroundings, two_states

DISTINCT = 4.0  # spreads of the surroundings in a severity, below which one state may be either

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

AT_TIMES_GOOD = (DefectKind.BLINKING, DefectKind.NOISY)


@dataclass(frozen=True, eq=False)
class _Seen:
    """What one neighbouring frame shows of the marked pixels, in the middle frame's DN above black.

    Parameters
    ----------
    value, variance : float64 arrays of shape (N,)
        Signal and its noise.
    usable : bool array of shape (N,)
        Whether the surroundings agree there and the value is not saturated.
    own : bool
        Whether the values come from the marked pixels themselves (nothing moved) or from good ones.
    """

    value: Floats
    variance: Floats
    usable: Mask
    own: bool


@stage(
    kind="temporal",
    reference="Differences of static frames in units of the noise after A. Foi et al., IEEE TIP 17 "
    "(2008); shifts by phase correlation, C. D. Kuglin, D. C. Hines (1975); dithering after A. S. "
    "Fruchter, R. N. Hook, PASP 114 (2002)",
)
def temporal(
    frames: Sequence[RawFrame],
    defects: DefectMap,
    *,
    agree_sigma: Annotated[float, Field(gt=0)] = 4.0,
    least_frames: Annotated[int, Field(ge=1, le=64)] = 1,
    trust_kinds: bool = True,
    fallback: str = "",
) -> Repair:
    """Take marked pixels of the middle frame from frames that show the same scene and are good there.

    A blinking or noisy pixel is taken from frames in which it fits into its surroundings; the sign of its
    severity, where the map has one, says which of its states is the defect. A fixed defect
    is bad in every frame: it is taken only from frames in which the camera has moved by whole periods of
    the CFA, so that the same spot of the scene fell on a good pixel. Frames are brought to one exposure
    by the ratio of what both show. Where the scene moved, nothing is taken.

    Parameters
    ----------
    frames : sequence of RawFrame
        In time; the middle one (of an even number the later) is repaired.
    defects : DefectMap
        Defects of the sensor, with kinds where they are known.
    agree_sigma : float
        How far from its surroundings a blinking pixel may be and still count as good, in sigma of their
        spread and of the noise; beyond the darkest and the brightest of them, of the noise alone.
    least_frames : int
        Frames that a value must come from.
    trust_kinds : bool
        Pixels whose kind is fixed (hot, dead, stuck ...) never count as good. If false, or where the kind
        is unknown, a pixel counts as blinking once two states of it are seen.
    fallback : str
        A corrector for the pixels that cannot be had from other frames; none where empty.

    Returns
    -------
    Repair
        ``repaired`` is false where no frame serves; ``notes`` say why.

    Raises
    ------
    StageError
        If there is no frame, or the fall-back is no corrector.
    """
    if not frames:
        raise StageError("Stage 'temporal' needs frames; got none.")
    middle = frames[len(frames) // 2]
    area = middle.meta.active_area
    inside = defects.inside(area)
    inner = defects.select(inside).crop(area)
    notes: list[str] = []
    seen = list(_observed(frames, area, inner, notes))
    value, variance, count = combined(
        *_chosen(seen, middle.crop(area), inner, agree_sigma, trust_kinds)
    )
    done = inside.copy()
    done[inside] = count >= least_frames
    levels = np.zeros(len(defects), np.float32)
    levels[inside] = value
    levels += middle.levels.pick(middle.levels.black, defects.rows, defects.cols).astype(np.float32)
    spread = np.full(len(defects), np.nan, np.float32)
    spread[inside] = np.sqrt(variance)
    notes += _summary(len(frames), done)
    found = Repair(levels, done, spread, tuple(notes))
    return _filled(found, middle, defects, fallback) if fallback else found


def _summary(frames: int, done: Mask) -> list[str]:
    left = int(np.count_nonzero(~done))
    if not left:
        return []
    why = "one frame only" if frames == 1 else "bad in every frame, or the scene moved there"
    return [f"{left} of {len(done)} pixels cannot be had from other frames: {why}"]


def _observed(
    frames: Sequence[RawFrame], area: Area, inner: DefectMap, notes: list[str]
) -> Iterator[_Seen]:
    """The marked pixels as each neighbouring frame that shows the same scene has them."""
    marked = inner.mask()
    middle = len(frames) // 2
    if len(frames) == 1 or marked.all() or not len(inner):
        return
    here = View.of(frames[middle].crop(area), marked)
    for number, frame in enumerate(frames):
        if number == middle:
            continue
        there = View.of(frame.crop(area), marked)
        found = match(here, there)
        if found is None:
            notes.append(
                f"frame {number + 1} of {len(frames)} is not used: it shows another scene, or is"
                " shifted by no whole CFA period"
            )
            continue
        rows, cols = inner.rows + found.shift[0], inner.cols + found.shift[1]
        usable = found.same[inner.rows, inner.cols]
        place = (np.clip(rows, 0, marked.shape[0] - 1), np.clip(cols, 0, marked.shape[1] - 1))
        moved = found.shift != (0, 0)
        usable = usable & (there.good[place] if moved else _below_clip(frame.crop(area), place))
        if moved:
            notes.append(f"frame {number + 1} of {len(frames)} is shifted by {found.shift} pixels")
        value = found.gain * there.signal[place].astype(np.float64)
        variance = found.gain**2 * there.variance[place].astype(np.float64)
        yield _Seen(value, variance * max(found.spread, 1.0), usable, not moved)


def _below_clip(frame: RawFrame, place: tuple[NDArray[np.int32], NDArray[np.int32]]) -> Mask:
    return np.asarray(frame.mosaic[place] < frame.levels.pick(frame.levels.clip, *place))


def _chosen(
    seen: list[_Seen], middle: RawFrame, inner: DefectMap, agree_sigma: float, trust_kinds: bool
) -> tuple[Floats, Floats, Mask]:
    """Values and variances (K, N), and which of them are good."""
    shape = (len(seen), len(inner))
    value = np.array([one.value for one in seen]).reshape(shape)
    variance = np.array([one.variance for one in seen]).reshape(shape)
    usable = np.array([one.usable for one in seen], np.bool_).reshape(shape)
    own = np.array([one.own for one in seen], np.bool_)
    if own.any():
        around = surroundings(middle, inner)
        severity = inner.severity_dn.astype(np.float64)
        off = quiet_state(value[own], variance[own], usable[own], around, severity, agree_sigma)
        two = two_states(value[own], variance[own], usable[own], off, agree_sigma)
        plain = ~(around.spread > np.abs(severity) / DISTINCT)  # one state is enough to know it
        usable[own] = off & (two | (plain & _may_be_good(inner, trust_kinds)))
        if trust_kinds:
            usable[own] &= np.isin(inner.kind, (*AT_TIMES_GOOD, DefectKind.UNKNOWN))
    return value, variance, usable


def _may_be_good(inner: DefectMap, trust_kinds: bool) -> Mask:
    """Pixels that are known to be good at times; of the others two states must be seen always."""
    known = np.isin(inner.kind, AT_TIMES_GOOD)
    return known if trust_kinds else np.zeros_like(known)


def _filled(found: Repair, middle: RawFrame, defects: DefectMap, fallback: str) -> Repair:
    """What is left, by a corrector of one frame."""
    corrector = stage_of(fallback)
    if corrector.info.kind != "corrector":
        raise StageError(
            f"'{fallback}' is of kind {corrector.info.kind}; 'fallback' takes a corrector's name."
        )
    left = ~found.repaired
    if not left.any():
        return found
    other = corrector.repair(middle, defects)
    values = np.where(left, other.values, found.values).astype(np.float32)
    notes = (*found.notes, f"{int(left.sum())} pixels by {corrector.label}", *other.notes)
    return Repair(values, found.repaired | other.repaired, _spreads(found, other, left), notes)


def _spreads(found: Repair, other: Repair, left: Mask) -> NDArray[np.float32] | None:
    """Spreads of both, where both have them."""
    if found.spread is None or other.spread is None:
        return None
    return np.where(left, other.spread, found.spread).astype(np.float32)
