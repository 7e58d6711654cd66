"""Training crops of the finder: photographs as a sensor with and without defects would see them.

The light is softened now and then as a lens does, points of light (stars, glints) are added, which look
most like defects and are none; white balance, exposure, clipping, noise and steps of a sensor follow,
then the damage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from isp.jit import kernel
from isp.local import border_indices
from stages.kernels.outliers import standing_out
from stages.learned.finder.damage import damage
from stages.learned.finder.views import CHANNELS, pack
from stages.learned.training.draws import integer, normal, start, uniform
from stages.learned.training.pictures import Pictures

CROP = 64
"""Side of a training crop in raw pixels."""

LEAST_WEIGHT, FULL_CHANGE = 0.3, 0.2
"""What the faintest defect counts, and the change on a square-root curve from which one counts fully."""

VISIBLE_SIGMA = 4.0
"""A change of less is neither asked for nor forbidden: it cannot be told from noise."""

_WHITE = 65535.0
_BORDER = border_indices(-2, CROP + 2, CROP, "plane", 2)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
State = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops as the network sees them and what it should say.

    Parameters
    ----------
    features : float32 array of shape (N, CROP / 2, CROP / 2, CHANNELS)
        See `views.pack`.
    target, weight : float32 arrays of shape (N, CROP / 2, CROP / 2, 4)
        1 at defects; what each pixel counts, 0 where it does not matter what is said.
    """

    features: Floats
    target: Floats
    weight: Floats


def draw(pictures: Pictures, seed: int, count: int) -> Batch:
    """Draw crops; the same seed and pictures give the same crops."""
    half = CROP // 2
    batch = Batch(
        np.empty((count, half, half, CHANNELS), float32),
        np.zeros((count, half, half, 4), float32),
        np.ones((count, half, half, 4), float32),
    )
    p = pictures
    _draw(
        p.pixels, p.offset, p.height, p.width, p.channels, p.chance, seed, _BORDER,
        batch.features, batch.target, batch.weight,
    )  # fmt: skip
    return batch


@kernel()
def _draw(
    pixels: NDArray[np.uint16],
    offset: Ints,
    height: Ints,
    width: Ints,
    channels: Ints,
    chance: NDArray[np.float64],
    seed: int,
    border: NDArray[np.intp],
    features: Floats,
    target: Floats,
    weight: Floats,
) -> None:
    state = np.empty(1, np.uint64)
    light = np.empty((CROP, CROP), float32)
    for n in range(features.shape[0]):
        start(state, seed, n)
        which = 0
        at = uniform(state)
        while which < len(chance) - 1 and at >= chance[which]:
            which += 1
        first, h, w = offset[which], height[which], width[which]
        picture = pixels[first : first + h * w * channels[which]].reshape(h, w, channels[which])
        _cut(picture, state, light)
        if uniform(state) < 0.4:
            _points_of_light(light, state)
        _measured(light, state, border, features[n], target[n], weight[n])


@kernel()
def _cut(picture: NDArray[np.uint16], state: State, light: Floats) -> None:
    """A crop of a picture under a random symmetry, softened now and then; starts at a red site."""
    h, w, channels = picture.shape
    symmetry = integer(state, 0, 7)
    soft = 0.0 if channels == 1 or uniform(state) < 0.4 else uniform(state)
    top, left = integer(state, 1, h - CROP - 2), integer(state, 1, w - CROP - 2)
    if channels == 1:
        top = top // 2 * 2 + (1 if symmetry & 2 else 0)
        left = left // 2 * 2 + (1 if symmetry & 1 else 0)
    for i in range(CROP):
        for j in range(CROP):
            y, x = (j, i) if symmetry & 4 else (i, j)
            y = top + (CROP - 1 - y if symmetry & 2 else y)
            x = left + (CROP - 1 - x if symmetry & 1 else x)
            c = (i & 1) + (j & 1) if channels == 3 else 0
            level = float(picture[y, x, c])
            if soft > 0.0:
                cross = float(picture[y - 1, x, c]) + picture[y + 1, x, c]
                cross += float(picture[y, x - 1, c]) + picture[y, x + 1, c]
                corner = float(picture[y - 1, x - 1, c]) + picture[y + 1, x + 1, c]
                corner += float(picture[y - 1, x + 1, c]) + picture[y + 1, x - 1, c]
                level += soft * (0.25 * level + 0.125 * cross + 0.0625 * corner - level)
            light[i, j] = level / _WHITE


@kernel()
def _points_of_light(light: Floats, state: State) -> None:
    """Blurred points, discs and strokes, white or coloured, brighter or darker than what is near."""
    tint = np.ones(3)
    for _ in range(integer(state, 1, 8)):
        y, x = CROP * uniform(state), CROP * uniform(state)
        width = 0.55 + 1.2 * uniform(state)
        height = 10.0 ** (-2.0 + 2.3 * uniform(state))
        dark = uniform(state) < 0.15
        radius = 6.0 * uniform(state) ** 2 if uniform(state) < 0.3 else 0.0
        length = 12.0 * uniform(state) ** 2 if uniform(state) < 0.3 else 0.0
        turn = 3.1416 * uniform(state)
        coloured = uniform(state) < 0.3
        for c in range(3):
            tint[c] = uniform(state) if coloured else 1.0
        reach = int(4 * width + radius + length) + 1
        for i in range(max(int(y) - reach, 0), min(int(y) + reach + 1, CROP)):
            for j in range(max(int(x) - reach, 0), min(int(x) + reach + 1, CROP)):
                along = (i - y) * math.cos(turn) + (j - x) * math.sin(turn)
                across = (j - x) * math.cos(turn) - (i - y) * math.sin(turn)
                away = math.hypot(max(abs(along) - length, 0.0), across)
                away = max(away - radius, 0.0) ** 2 / (2.0 * width * width)
                share = height * tint[(i & 1) + (j & 1)] * math.exp(-away)
                if dark:
                    light[i, j] *= 1.0 - min(share, 0.9)
                else:
                    light[i, j] += share


@kernel()
def _measured(
    light: Floats,
    state: State,
    border: NDArray[np.intp],
    features: Floats,
    target: Floats,
    weight: Floats,
) -> None:
    """What a sensor makes of the light, damage, and what the network sees and should say of it."""
    gain = np.ones(3)
    if uniform(state) < 0.5:
        gain[0], gain[2] = 1.0 + 1.4 * uniform(state), 1.0 + 1.4 * uniform(state)
    exposure = 2.0 ** (1.0 - 6.0 * uniform(state)) if uniform(state) < 0.6 else 1.0
    shot, read, step = 0.0, 0.0, 1.0 / 3839.0
    if uniform(state) < 0.65:
        shot = 10.0 ** (-5.0 + 2.5 * uniform(state))
        read = shot * 10.0 ** (-3.0 + 2.0 * uniform(state))
    if uniform(state) < 0.3:
        step *= 2.0 ** (6.0 * uniform(state) - 2.0)
    clean = np.empty((CROP, CROP), float32)
    for i in range(CROP):
        for j in range(CROP):
            level = min(light[i, j] * exposure / gain[(i & 1) + (j & 1)], 1.0)
            clean[i, j] = level + math.sqrt(shot * level + read) * normal(state)
    bad = np.clip(clean, 0.0, 1.0).astype(float32)
    damage(bad, shot, read, state)
    for i in range(CROP):
        for j in range(CROP):
            level = min(max(float(clean[i, j]), 0.0), 1.0)
            change = abs(bad[i, j] - level)
            sigma = math.sqrt(shot * level + read)
            if change > max(VISIBLE_SIGMA * sigma, 1.5 * step):
                seen = abs(math.sqrt(max(bad[i, j], 0.0)) - math.sqrt(level)) / FULL_CHANGE
                target[i >> 1, j >> 1, 2 * (i & 1) + (j & 1)] = 1.0
                weight[i >> 1, j >> 1, 2 * (i & 1) + (j & 1)] = min(LEAST_WEIGHT + seen, 1.0)
            elif change > 0.0:
                weight[i >> 1, j >> 1, 2 * (i & 1) + (j & 1)] = 0.0
            bad[i, j] = round(bad[i, j] / step) * step
    _seen(bad, gain, shot, read + 0.3 * step * step, border, state, features)
    _outside(features, weight, state)


@kernel()
def _seen(
    raw: Floats,
    gain: NDArray[np.float64],
    shot: float,
    read: float,
    border: NDArray[np.intp],
    state: State,
    features: Floats,
) -> None:
    """Pack what is measured, with a noise model that is about right."""
    wrong = 2.0 ** (uniform(state) - 0.5)
    padded = np.empty((CROP + 4, CROP + 4), float32)
    excess = np.empty((CROP, CROP), float32)
    for i in range(CROP + 4):
        for j in range(CROP + 4):
            padded[i, j] = raw[border[i], border[j]]
    standing_out(padded, excess, 2, float32(shot * wrong), float32(read * wrong + 1e-9))
    for i in range(CROP):
        for j in range(CROP):
            raw[i, j] *= gain[(i & 1) + (j & 1)]
    pack(raw, excess, 0, 0, features)


@kernel()
def _outside(features: Floats, weight: Floats, state: State) -> None:
    """Now and then a frame ends inside the crop."""
    if uniform(state) < 0.7:
        return
    half = CROP // 2
    low, high = integer(state, 0, 1), integer(state, 0, 3)
    for i in range(half):
        for j in range(half):
            for site in range(4):
                y, x = 2 * i + (site >> 1), 2 * j + (site & 1)
                if min(y, x) < low or max(y, x) >= CROP - high:
                    features[i, j, site] = features[i, j, 4 + site] = 0.0
                    weight[i, j, site] = 0.0
