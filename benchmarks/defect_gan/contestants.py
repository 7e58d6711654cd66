"""Who repairs the samples: networks, blind and given the map; the thesis's median; fills with the map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.defect_gan.samples import Picture, Sample
from isp.bound import stage
from isp.defects import DefectMap
from isp.frame import RawFrame
from stages.learned.defectgan.network import Generator
from stages.learned.defectgan.weights import load_generator
from stages.learned.running.place import Place

Repairer = Callable[[Sample], Picture]

GIVEN = " + map"
"""What a name ends in where the map is given."""

TOLD = ("mode", "pixel", "local", "latent", "critic", "batch", "crop", "generator_rate")

FILLS = ("fsr", "navier_stokes", "masked_median")


def damaged(sample: Sample) -> Picture:
    """Nothing done."""
    return sample.damaged


def median(sample: Sample) -> Picture:
    """OpenCV's 3×3 median of all of the picture, as in the thesis; it knows no map."""
    codes = np.rint(sample.damaged * 255).astype(np.uint8)
    return np.asarray(cv2.medianBlur(codes, 3), np.float32) / np.float32(255)


def network(path: Path) -> tuple[Repairer, Repairer]:
    """A generator as in the thesis (all of its picture is taken), and as it is used with a map.

    With the map, damaged pixels are painted black before, and only they take its values.
    """
    place = Place.of()
    generator = place.ready(load_generator(path)[0])

    def blind(sample: Sample) -> Picture:
        return _through(place, generator, sample.damaged)

    def masked(sample: Sample) -> Picture:
        hidden = np.where(sample.marked[..., None], np.float32(0), sample.damaged)
        made = _through(place, generator, hidden)
        return np.where(sample.marked[..., None], made, sample.damaged)

    return blind, masked


def training(path: Path) -> dict[str, Any]:
    """What a weights file says of its training."""
    about = load_generator(path)[1]
    plan = about.get("plan", {})
    return {"samples": about.get("samples"), **{key: plan.get(key) for key in TOLD}}


def _through(place: Place, generator: Generator, picture: Picture) -> Picture:
    batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
    made: Picture = place.run(generator, batch)[0].transpose(1, 2, 0)
    return np.clip(made, 0, 1)


def fill(name: str) -> Repairer:
    """A corrector of ours that is given the map, on each encoded channel as a frame of its own."""
    corrector = stage(name) if name == "masked_median" else stage(name, encoding="linear")

    def repaired(sample: Sample) -> Picture:
        made = sample.damaged.copy()
        for channel in range(3):
            plane = np.ascontiguousarray(sample.damaged[..., channel])
            frame = RawFrame.of(plane, "MONO", white_dn=1.0)
            rows, cols = np.nonzero(sample.marked)
            defects = DefectMap.for_frame(rows, cols, frame)
            repair = corrector.repair(frame, defects)
            done = repair.repaired
            made[rows[done], cols[done], channel] = repair.values[done]
        return np.clip(made, 0, 1)

    return repaired


def contestants(networks: dict[str, Path]) -> dict[str, Repairer]:
    """Everybody, by name, the networks under the names of their ways to train."""
    found: dict[str, Repairer] = {"damaged": damaged, "median": median}
    for name, path in networks.items():
        found[name], found[name + GIVEN] = network(path)
    return found | {name + GIVEN: fill(name) for name in FILLS}
