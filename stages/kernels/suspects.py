"""Second look of single-frame detection: judge the pixels that stand out, alone and in small groups.

Both opinions (`directional_evidence`, `local_regression`) must agree, and the pixels that touch must
show nothing. A pixel is first judged alone. Where it has like pixels beside it, the group is judged as
a whole: its members are taken out of the surroundings together, and nearly all must be unexplained.
Groups above a size are left alone: in one frame a blurred point of light looks the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isp.jit import kernel
from stages.kernels import directional_evidence, local_regression
from stages.kernels.directional_evidence import directional_score
from stages.kernels.local_regression import regression_score

MARGIN = local_regression.RADIUS
NEAR_SIDE, FAR_SIDE = directional_evidence.SIDE, local_regression.SIDE
LIKE = 0.4  # of the strongest member's excess: what else belongs to its group
AGREEING = 0.75  # of a group's members must be unexplained
ALONE = 1.5  # of the threshold, with which one of a couplet is enough
RING_LEAK = 0.5  # of the leak to an adjacent pixel: corners get less
RING_NOISE = 1.5  # sigma of a touching pixel's excess, with some allowance
FARTHER_OUT = 4  # pixels: even, so that it is the same colour
TOUCHING = 2  # rows and columns within which like pixels belong together
SPOILT = 3  # rows and columns within which a bad pixel may have spoilt a verdict


class Scene(NamedTuple):
    """What verdicts rest on.

    Attributes
    ----------
    signal : float32 array of shape (H, W)
        DN above black.
    excluded : bool array of shape (H, W)
        Pixels already known to be bad.
    rows, cols : int arrays of length H + 2·MARGIN, W + 2·MARGIN
        Frame index for each index from −MARGIN on: how the frame goes on at its borders.
    step : int
        Distance of same-colour neighbours: 2 for Bayer, 1 for mono.
    gain, read : float
        The noise model: variance = gain · signal + read, DN².
    leak : float
        See `directional_score`.
    threshold : float
        Least score of a defect.
    """

    signal: NDArray[np.float32]
    excluded: NDArray[np.bool_]
    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    step: int
    gain: float
    read: float
    leak: float
    threshold: float


@kernel()
def _cut(scene: Any, members: NDArray[Any], row: int, col: int, window: NDArray[Any]) -> None:
    """Copy a window round a pixel; NaN at the pixel, at the members and where excluded."""
    half = window.shape[0] // 2
    for i in range(window.shape[0]):
        r = scene.rows[row + MARGIN - half + i]
        for j in range(window.shape[1]):
            c = scene.cols[col + MARGIN - half + j]
            window[i, j] = np.nan if scene.excluded[r, c] else scene.signal[r, c]
            for n in range(len(members)):
                if members[n, 0] == r and members[n, 1] == c:
                    window[i, j] = np.nan
    window[half, half] = np.nan


@kernel()
def _judge(
    scene: Any,
    members: NDArray[Any],
    row: int,
    col: int,
    near: NDArray[Any],
    far: NDArray[Any],
) -> tuple[float, float]:
    """Score of a pixel (the weaker opinion, signed; 0 where they differ) and its predicted signal."""
    value = scene.signal[row, col]
    _cut(scene, members, row, col, near)
    score, level, _ = directional_score(near, value, scene.step, scene.gain, scene.read, scene.leak)
    if abs(score) < scene.threshold:
        return score, level
    _cut(scene, members, row, col, far)
    second = regression_score(far, value, scene.step, scene.gain, scene.read)
    if score * second <= 0:
        return 0.0, level
    return (score if abs(score) < abs(second) else second), level


@kernel()
def _excess(scene: Any, row: int, col: int, level: float) -> float:
    """Distance of a pixel from its predicted signal in sigma, however well that is known."""
    sigma = np.sqrt(scene.gain * max(level, 0.0) + scene.read)
    return float((scene.signal[row, col] - level) / sigma)


@kernel()
def _touches(members: NDArray[Any], row: int, col: int) -> bool:
    """Whether a pixel is beside a group, not in it."""
    beside = False
    for n in range(len(members)):
        away = max(abs(members[n, 0] - row), abs(members[n, 1] - col))
        if away == 0:
            return False
        beside = beside or away == 1
    return beside


@kernel()
def _halo(window: NDArray[Any], value: float, gain: float, read: float) -> float:
    """How far a pixel is above its colour farther out, in sigma; 0 where that is not to be seen."""
    half = window.shape[0] // 2
    total, count = 0.0, 0
    for i in range(-FARTHER_OUT, FARTHER_OUT + 1, 2):
        for j in range(-FARTHER_OUT, FARTHER_OUT + 1, 2):
            there = window[half + i, half + j]
            if max(abs(i), abs(j)) == FARTHER_OUT and there == there:
                total += there
                count += 1
    if count == 0:
        return 0.0
    level = total / count
    return float((value - level) / np.sqrt(gain * max(level, 0.0) + read))


@kernel()
def _sharp(
    scene: Any, members: NDArray[Any], excess: float, touching: bool, near: NDArray[Any]
) -> bool:
    """Whether a group ends more sharply than optics would let it: what touches it shows nothing.

    Where the members touch they are like a blurred point of light, whose foot predicts itself well
    enough: then the foot is compared with what lies farther out as well.
    """
    total, foot, count = 0.0, 0.0, 0
    sign = 1.0 if excess > 0 else -1.0
    top, left = members[0, 0] - 1, members[0, 1] - 1
    bottom, right = top + 3, left + 3
    for n in range(1, len(members)):
        top, bottom = min(top, members[n, 0] - 1), max(bottom, members[n, 0] + 2)
        left, right = min(left, members[n, 1] - 1), max(right, members[n, 1] + 2)
    for row in range(max(top, 0), min(bottom, scene.signal.shape[0])):
        for col in range(max(left, 0), min(right, scene.signal.shape[1])):
            if scene.excluded[row, col] or not _touches(members, row, col):
                continue
            _cut(scene, members, row, col, near)
            value = scene.signal[row, col]
            own = directional_score(near, value, scene.step, scene.gain, scene.read, np.inf)[0]
            total += sign * own
            foot += sign * _halo(near, value, scene.gain, scene.read)
            count += 1
    allowed = RING_LEAK * scene.leak * abs(excess) + RING_NOISE / np.sqrt(max(count, 1))
    return count > 0 and total <= allowed * count and not (touching and foot > allowed * count)


@kernel()
def judge_singles(
    scene: Any, suspects: NDArray[Any], scores: NDArray[Any], levels: NDArray[Any]
) -> None:
    """Judge suspects one by one, each as if it were the only one.

    Parameters
    ----------
    scene : Scene
        Not changed.
    suspects : int array of shape (N, 2)
        Row and column.
    scores, levels : float64 arrays of shape (N,)
        Receive the signed score and the predicted signal in DN.
    """
    near = np.empty((NEAR_SIDE, NEAR_SIDE), np.float32)
    far = np.empty((FAR_SIDE, FAR_SIDE), np.float32)
    for n in range(len(suspects)):
        me = suspects[n : n + 1]
        scores[n], levels[n] = _judge(scene, me, me[0, 0], me[0, 1], near, far)
        if abs(scores[n]) >= scene.threshold and not _sharp(
            scene, me, _excess(scene, me[0, 0], me[0, 1], levels[n]), False, near
        ):
            scores[n] = 0.0


@kernel()
def _like(excess: NDArray[Any], row: int, col: int, least: float) -> bool:
    """Whether a pixel inside the frame stands out to the side of ``least`` by as much or more."""
    if row < 0 or col < 0 or row >= excess.shape[0] or col >= excess.shape[1]:
        return False
    return bool(excess[row, col] >= least if least > 0 else excess[row, col] <= least)


@kernel()
def _grow(
    excess: NDArray[Any], excluded: NDArray[Any], row: int, col: int, members: NDArray[Any]
) -> int:
    """Gather the like pixels that hang together with the strongest of them.

    Returns their number; 0 where there are too many, or a stronger one: that group was judged before,
    and with its feet added to it a point of light would end as sharply as a defect.
    """
    least = LIKE * excess[row, col]
    members[0, 0], members[0, 1] = row, col
    count, done = 1, 0
    while done < count:
        for i in range(-TOUCHING, TOUCHING + 1):
            for j in range(-TOUCHING, TOUCHING + 1):
                r, c = members[done, 0] + i, members[done, 1] + j
                if not _like(excess, r, c, least) or excluded[r, c]:
                    continue
                known = False
                for n in range(count):
                    known = known or (members[n, 0] == r and members[n, 1] == c)
                if not known:
                    if count == len(members) or abs(excess[r, c]) > abs(excess[row, col]):
                        return 0
                    members[count, 0], members[count, 1] = r, c
                    count += 1
        done += 1
    return count if count > 1 else 0


@kernel()
def _couplet(
    excess: NDArray[Any],
    excluded: NDArray[Any],
    row: int,
    col: int,
    step: int,
    members: NDArray[Any],
) -> int:
    """Make a couplet of a pixel and its strongest like same-colour neighbour; returns 2, or 0."""
    least = LIKE * excess[row, col]
    best = 0.0
    for i in range(-step, step + 1, step):
        for j in range(-step, step + 1, step):
            r, c = row + i, col + j
            if (i == 0 and j == 0) or not _like(excess, r, c, least) or excluded[r, c]:
                continue
            if abs(excess[r, c]) > best:
                best = abs(excess[r, c])
                members[1, 0], members[1, 1] = r, c
    members[0, 0], members[0, 1] = row, col
    return 2 if best > 0 else 0


@kernel()
def _beside_found(excluded: NDArray[Any], row: int, col: int) -> bool:
    """Whether a known bad pixel lies near enough to have spoilt the verdict on this one."""
    for r in range(max(row - SPOILT, 0), min(row + SPOILT + 1, excluded.shape[0])):
        for c in range(max(col - SPOILT, 0), min(col + SPOILT + 1, excluded.shape[1])):
            if excluded[r, c]:
                return True
    return False


@kernel()
def judge_groups(
    scene: Any,
    excess: NDArray[Any],
    suspects: NDArray[Any],
    alone: NDArray[Any],
    largest: int,
    scores: NDArray[Any],
    levels: NDArray[Any],
    rules: NDArray[Any],
) -> None:
    """Judge, strongest first, what is still open: again alone, then with the like pixels beside it.

    Parameters
    ----------
    scene : Scene
        What is found is added to its excluded pixels.
    excess : float32 array of shape (H, W)
        From `standing_out`.
    suspects : int array of shape (N, 2)
        Strongest first.
    alone : float64 array of shape (N,)
        Their scores from `judge_singles`.
    largest : int
        Most pixels of a group.
    scores, levels : float64 arrays of shape (H, W)
        Receive score and level of what is found.
    rules : uint8 array of shape (H, W)
        Receives 1 where found alone, 2 as a couplet, 3 as a group.
    """
    near = np.empty((NEAR_SIDE, NEAR_SIDE), np.float32)
    far = np.empty((FAR_SIDE, FAR_SIDE), np.float32)
    room = np.empty((max(largest, 2), 2), np.int64)
    own, level = np.empty(len(room)), np.empty(len(room))
    for n in range(len(suspects)):
        row, col = suspects[n, 0], suspects[n, 1]
        for rule in range(1, 4):
            if scene.excluded[row, col]:
                break
            room[0, 0], room[0, 1] = row, col
            count = 0
            if rule == 1:  # its first verdict was put off, or a neighbour found since had spoilt it
                open_verdict = abs(alone[n]) >= scene.threshold
                count = int(open_verdict or _beside_found(scene.excluded, row, col))
            elif rule == 2:
                count = _couplet(excess, scene.excluded, row, col, scene.step, room)
            elif rule == 3:
                count = _grow(excess, scene.excluded, row, col, room)
            if count == 0 or count > largest:
                continue
            members = room[:count]
            passed, total, needed = 0, 0.0, AGREEING * count
            for m in range(count):
                own[m], level[m] = _judge(scene, members, members[m, 0], members[m, 1], near, far)
                passed += abs(own[m]) >= scene.threshold
                if rule == 2 and abs(own[m]) >= ALONE * scene.threshold:
                    needed = 1.0
                total += _excess(scene, members[m, 0], members[m, 1], level[m]) / count
                if rule == 3 and passed < m + 1 - (count - needed):
                    break  # too many are explained already
            if passed < needed or not _sharp(scene, members, total, rule == 3, near):
                continue
            for m in range(count):
                if abs(own[m]) >= scene.threshold:
                    r, c = members[m, 0], members[m, 1]
                    scene.excluded[r, c] = True
                    scores[r, c], levels[r, c], rules[r, c] = own[m], level[m], rule
