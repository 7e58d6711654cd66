"""Photographs and real frames as inputs of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import isp
from benchmarks.detection import HEADERLESS
from isp.comparison.subject import Input, Subject
from isp.io import ReadHints
from isp.io.photograph import read_photograph
from isp.photograph import plain, unprocessed
from isp.registry import load_sensor
from isp.seeds import child_rng

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
SENSOR = "phone"
REAL = (
    "infinite-isp_ColorChecker_1920x1080_12bit_BGGR.raw",
    "infinite-isp-rm_Indoor1_2592x1536_8bit_GRBG.raw",
    "infinite-isp-rm_Outdoor1_2592x1536_8bit_GRBG.raw",
    "openISP_test_1920x1080_16le.raw",
    "mushfiq_DSC_1339_768x512_rggb.raw",
    "halide_bayer_small_256x344_10bit_GRBG.png",
    "RAW_KODAK_DC50.KDC",
    "tinydng_colorchart.dng",
    "mex2025_rpi-gs_c21ff2bc_image.dng",
)


@dataclass(frozen=True)
class Light:
    """How photographs become mosaics.

    Parameters
    ----------
    name : str
        For the tables.
    gain : float
        Analogue gain of the camera that takes them; 0: plain, free of noise.
    cfa : str
        Colour filter array of plain ones.
    bits : int
        Their depth.
    """

    name: str
    gain: float = 0.0
    cfa: str = "RGGB"
    bits: int = 12


LIGHTS = (
    Light("plain, no noise"),
    Light("unprocessed, gain 1", 1.0),
    Light("unprocessed, gain 8", 8.0),
)


def photographs(folder: Path) -> list[Path]:
    """The photographs of a folder, sorted; stops with a sentence where there is none."""
    if not folder.is_dir():
        raise SystemExit(f"'{folder}' is not a folder of photographs.")
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    if not files:
        raise SystemExit(f"'{folder}' holds no photograph ({', '.join(SUFFIXES)}).")
    return files


def spread_over(files: Sequence[Path], crops: int) -> tuple[list[Path], int]:
    """Which files to take, evenly, and how many crops of each, for about so many crops in all."""
    if crops <= len(files):
        chosen = np.unique(np.linspace(0, len(files) - 1, max(crops, 1)).round().astype(int))
        return [files[k] for k in chosen], 1
    return list(files), round(crops / len(files))


def inputs(files: Sequence[Path], light: Light) -> list[Input]:
    """Photographs in a light, each opened when its turn comes."""
    return [Input(path.name, partial(_taken, path, light)) for path in files]


def _taken(path: Path, light: Light) -> Subject:
    picture = read_photograph(path)
    if not light.gain:
        return Subject(path.name, *plain(picture, light.cfa, light.bits))
    rng = child_rng(0, "input", path.name)
    return Subject(path.name, *unprocessed(picture, rng, load_sensor(SENSOR), gain=light.gain))


def real_inputs(folder: Path) -> list[Input]:
    """Those of the known real frames that a folder has."""
    found = [name for name in REAL if (folder / name).is_file()]
    if not found:
        raise SystemExit(f"'{folder}' holds none of the known frames, such as '{REAL[0]}'.")
    return [Input(name, partial(_read, folder / name)) for name in found]


def _read(path: Path) -> Subject:
    hints = HEADERLESS.get(f"raw/{path.name}", {})
    return Subject(path.name, isp.read(path, ReadHints(**hints)))
