"""What detection is measured on: exposed scenes with defects of known shape and amplitude."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import isp
from isp.defects import DefectKind, DefectMap
from isp.frame import RawFrame
from isp.registry import load_sensor

SHAPES: dict[str, tuple[tuple[int, int], ...]] = {
    "single": ((0, 0),),
    "couplet, horizontal": ((0, 0), (0, 2)),
    "couplet, vertical": ((0, 0), (2, 0)),
    "couplet, diagonal": ((0, 0), (2, 2)),
    "2×2": tuple((i, j) for i in range(2) for j in range(2)),
    "3×3": tuple((i, j) for i in range(3) for j in range(3)),
    "row 1×8": tuple((0, j) for j in range(8)),
}
LEVELS = (0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8)
ALLOWED_PER_MP = 5.0
GRID = 22  # pixels between defects: none is in another's neighbourhood


@dataclass(frozen=True)
class Shot:
    """A frame without defects and its noise-free signal in DN above black."""

    frame: RawFrame
    signal: NDArray[np.float32]


def shoot(options: argparse.Namespace, fwhm_px: float, seed: int) -> Shot:
    from sensors.scene import make_scene

    scene = make_scene((options.side, options.side), seed, fwhm_px=fwhm_px)
    sensor = load_sensor(options.sensor)
    taken, clean = sensor.expose_with_reference(
        scene, np.random.default_rng(seed), gain=options.gain
    )
    return Shot(taken, clean.signal())


def damage(
    shot: Shot, shape: str, amount: float, relative: bool, seed: int
) -> tuple[RawFrame, DefectMap]:
    """Put one shape all over a frame; the truth has one cluster a shape."""
    rng = np.random.default_rng(seed)
    offsets = np.array(SHAPES[shape])
    height, width = shot.frame.shape
    corner = np.stack(
        np.meshgrid(np.arange(2, height - GRID, GRID), np.arange(2, width - GRID, GRID))
    )
    corner = corner.reshape(2, -1).T + rng.integers(0, GRID - 14, (corner[0].size, 2))
    places = corner[:, None, :] + offsets[None]
    rows, cols = places[..., 0], places[..., 1]
    signal = shot.signal[rows, cols]
    noise = shot.frame.meta.noise
    if noise is None:
        raise SystemExit("the sensor preset gives no noise model")
    change = amount * (signal if relative else noise.sigma_dn(signal))
    levels = shot.frame.levels
    top = float((levels.clip - levels.black).min())
    up_fits, down_fits = (
        (signal + change < top).all(1),
        (signal - change > -levels.black.min()).all(1),
    )
    up = np.where(up_fits & down_fits, rng.random(len(rows)) < 0.5, up_fits)
    fits = up_fits | down_fits
    rows, cols, change = rows[fits], cols[fits], change[fits] * np.where(up, 1, -1)[fits, None]
    mosaic = shot.frame.mosaic.astype(np.float64)
    mosaic[rows, cols] += change
    codes = np.clip(np.rint(mosaic), 0, levels.clip.max()).astype(shot.frame.mosaic.dtype)
    frame = shot.frame.with_mosaic(codes, f"{shape} of {amount}")
    cluster = np.repeat(np.arange(len(rows)), len(offsets))
    kind = np.where(change > 0, DefectKind.HOT, DefectKind.LOW_RESPONSE)
    truth = DefectMap.for_frame(
        rows.ravel(),
        cols.ravel(),
        frame,
        cluster=cluster,
        kind=kind.ravel(),
        severity_dn=change.ravel(),
    )
    return frame, truth


def found_by(name: str, frame: RawFrame, **params: Any) -> DefectMap:
    stage = isp.stage(name, **params)
    result = stage(frame)
    return result if isinstance(result, DefectMap) else result[1]


def repaired(found: DefectMap, truth: DefectMap) -> DefectMap:
    """What a block without a map changed, less the defects that it moved by less than half."""
    change = np.zeros(found.shape, np.float32)
    change[found.rows, found.cols] = found.severity_dn
    moved = change[truth.rows, truth.cols] / truth.severity_dn
    mask = found.mask()
    mask[truth.rows[moved < 0.5], truth.cols[moved < 0.5]] = False
    return found.select(mask[found.rows, found.cols])


def strictest(name: str, shots: list[Shot]) -> tuple[dict[str, float], float]:
    """The lowest threshold at which a block alters few enough good pixels, and how many per MP.

    The highest, where it alters too many at all of them: `heading` says so.
    """
    if name == "clamp":
        return {}, false_per_mp(name, shots)
    for level in LEVELS:
        false = false_per_mp(name, shots, threshold=level)
        if false <= ALLOWED_PER_MP:
            break
    return {"threshold": level}, false


def heading(name: str, params: dict[str, float], false: float) -> str:
    """A stage, its threshold and its false alarms; a threshold that allows too many is marked."""
    if not params:
        return f"{name} ({false:.1f} false/MP)"
    mark = "" if false <= ALLOWED_PER_MP else ": no threshold has few enough"
    return f"{name} at {params['threshold']:g} ({false:.1f} false/MP{mark})"


def false_per_mp(name: str, shots: list[Shot], **params: Any) -> float:
    claims = sum(len(found_by(name, shot.frame, **params)) for shot in shots)
    return claims * 1e6 / sum(shot.frame.mosaic.size for shot in shots)
