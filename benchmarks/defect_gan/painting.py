"""How a network that knows no map is best given one: what it is shown at marked pixels, what is taken."""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.defect_gan.options import networks
from benchmarks.defect_gan.samples import SUFFIXES
from benchmarks.defect_gan.score import DIGITS, Results
from isp.bound import stage
from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.io.photograph import read_photograph
from isp.metrics.encoding import encoded_mosaic
from isp.metrics.pixels import psnr_db
from isp.photograph import plain
from isp.repair import Repair, apply_repair
from stages.learned.defectgan.shipped import SIDE_PX, WEIGHTS
from stages.learned.defectgan.weights import load_generator
from stages.learned.fullframe.masked import Paint, Painter, repair_masked
from stages.learned.running.place import Place

SIDES = (32, SIDE_PX, 64)
VARIANTS = ("density_1.0", "density_0.5")
METRIC = "defect_psnr_db"
CROP_PX = 256


def measured(options: argparse.Namespace) -> dict[str, Results]:
    """PSNR of the defect pixels by density for each use of the first ``--network``."""
    if options.photographs is None or not options.network:
        raise SystemExit("'painting' needs --photographs DIR and --network NAME=[FILE].")
    name, path = next(iter(networks(options).items()))
    uses = _uses(path if path != Path() else WEIGHTS / f"{name}.safetensors")
    crops = _crops(options.photographs, options.most)
    return {variant: _results(crops, variant, uses) for variant in VARIANTS}


def _uses(weights: Path) -> dict[str, Painter]:
    """Painters by what is special about them."""
    place = Place.of()
    network = place.ready(load_generator(weights)[0])
    found: dict[str, Painter] = {}
    for paint, join in product(get_args(Paint), (True, False)):
        label = f"{paint}, {'joined' if join else 'as made'}"
        found[label] = Painter(network, place, SIDE_PX, paint, join)
    found["near, joined, no network"] = Painter(lambda x: x, place, SIDE_PX, "near")
    for side in SIDES:
        if side != SIDE_PX:
            found[f"near, joined, window of {side}"] = Painter(network, place, side)
    return found


def _crops(folder: Path, most: int | None) -> dict[str, RawFrame]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)[:most]
    found = {}
    for path in files:
        frame, _ = plain(read_photograph(path))
        top, left = ((side - CROP_PX) // 4 * 2 for side in frame.shape)
        found[path.stem] = frame.crop(Area(top, left, CROP_PX, CROP_PX))
    return found


def _results(crops: dict[str, RawFrame], variant: str, uses: dict[str, Any]) -> Results:
    injector = stage("clusters", protocol="dynamic", variant=variant)
    values: dict[str, dict[str, list[float]]] = {name: {METRIC: []} for name in uses}
    for seed, clean in enumerate(crops.values()):
        injection = injector(clean, seed)
        for name, painter in uses.items():
            repair = repair_masked(injection.frame, injection.truth, painter)
            error = _error(clean, injection.frame, injection.truth, repair)
            values[name][METRIC].append(round(psnr_db(error), DIGITS))
    return {"images": list(crops), "values": values}


def _error(clean: RawFrame, damaged: RawFrame, truth: DefectMap, repair: Repair) -> np.ndarray:
    """Encoded levels of the repaired pixels less the true ones."""
    result = apply_repair(damaged, truth, repair, "painting")
    at = (truth.rows, truth.cols)
    return (encoded_mosaic(clean, result.mosaic) - encoded_mosaic(clean, clean.mosaic))[at]
