"""Input, reconstruction, residual and map of each network side by side, as PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned_detection.claims import NAMES
from benchmarks.learned_detection.shots import Shot
from isp.files import atomic
from isp.frame import RawFrame
from isp.metrics.encoding import encoded_mosaic
from stages.learned.autoencoders.detection import as_map, threshold_of
from stages.learned.autoencoders.residual import findings
from stages.learned.autoencoders.weights import shipped
from stages.learned.running.place import Place

COLUMNS = ("input", "reconstruction", "residual, deviations", "map (white found, red missed)")
MOST = 12.0
"""Deviations that are shown white."""


def draw(shot: Shot, kind: str, path: Path) -> None:
    """A row a network, of one damaged shot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    frame, truth = shot.damaged[kind]
    figure = Figure(figsize=(10, 2.6 * len(NAMES)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(NAMES), len(COLUMNS), squeeze=False)
    place = Place.of("cpu", "float32")
    for name, row in zip(NAMES, panels, strict=True):
        network, about = shipped(name, "", place)
        seen = findings(frame, network, "l1", place)
        found = as_map(frame, seen, "l1", threshold_of(about, "l1"), name).mask()
        marks = np.zeros((*frame.shape, 3))
        marks[truth.mask() & ~found] = (0.8, 0.1, 0.1)
        marks[truth.mask() & found] = 1.0
        marks[found & ~truth.mask()] = (0.2, 0.5, 1.0)
        images = (_seen(frame), _seen(frame, seen.made_dn), seen.score.clip(0, MOST) / MOST, marks)
        for panel, image, title in zip(row, images, COLUMNS, strict=True):
            panel.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            panel.set_xticks([])
            panel.set_yticks([])
            if name == NAMES[0]:
                panel.set_title(title, fontsize=9)
        row[0].set_ylabel(name)
    with atomic(path, force=True) as temporary:
        figure.savefig(temporary, format="png", dpi=80)


def _seen(frame: RawFrame, mosaic: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """A mosaic as a picture of half its size: one pixel a block of R, G, G and B."""
    codes = encoded_mosaic(frame, mosaic)
    top, left = (int(at[0]) for at in np.nonzero(np.asarray(frame.cfa.pattern) == 0))
    codes = codes[top:, left:]
    rows, cols = (length // 2 * 2 for length in codes.shape)
    codes = codes[:rows, :cols]
    green = (codes[0::2, 1::2] + codes[1::2, 0::2]) / 2
    return np.stack([codes[0::2, 0::2], green, codes[1::2, 1::2]], -1).clip(0, 1)
