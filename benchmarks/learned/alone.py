"""Many defects of one sort in each picture, each alone: means that a few crops cannot give.

The error of one repaired pixel is a matter of luck; only over hundreds of clusters does it show who
repairs better. Here a sort of cluster lies on a loose lattice over a whole picture, far enough apart that
no window sees two, and every corrector repairs the same ones.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned.clusters import ALL
from benchmarks.learned.errors import Truth
from benchmarks.learned.inputs import LIGHTS, Light, inputs, spread_over
from benchmarks.learned.rows import LEARNED, classical
from benchmarks.page import table, with_interval
from isp.bound import Stage, stage
from isp.cfa import CHANNEL_NAMES, CHANNEL_OF_SITE
from isp.comparison.subject import Input
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.metrics.bootstrap import Interval, paired_lead
from isp.repair import apply_repair
from isp.seeds import child_rng
from isp.threads import thread_budget

SPACING_PX, MARGIN_PX, LOOSE_PX = 56, 24, 12
"""From one cluster to the next; from the border; how far each may lie from its place."""

SORTS: dict[str, tuple[int, int, int, float]] = {
    "single": (1, 1, 1, 1.0),
    "couplet of one colour": (1, 2, 2, 1.0),
    "2×2": (2, 2, 1, 1.0),
    "3×3": (3, 3, 1, 1.0),
    "row of 8": (1, 8, 1, 1.0),
    "9×9": (9, 9, 1, 1.0),
    "9×9, half of it": (9, 9, 1, 0.5),
}
"""Rows, columns, pixels from one to the next, share of them that is bad."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cell:
    """One sort of cluster in one light: mean square encoded error of each cluster under every stage.

    Parameters
    ----------
    images, light, sort, channel : str
        What it is; ``all`` channels together too.
    image : list of str
        Of each cluster.
    mse : dict
        Stage to float64 array of shape (clusters,).
    """

    images: str
    light: str
    sort: str
    channel: str
    image: list[str]
    mse: dict[str, Floats]

    def psnr_db(self, name: str) -> Floats:
        """Of each cluster."""
        return np.asarray(-10 * np.log10(self.mse[name]))

    def best(self, names: Sequence[str]) -> str:
        """The stage of the best mean, told after the fact."""
        return max(names, key=lambda one: float(self.psnr_db(one).mean()))

    def lead(self, name: str, rival: str) -> Interval:
        """Paired lead per cluster in dB, with an interval over images."""
        return paired_lead(self.psnr_db(name), self.psnr_db(rival), self.image)

    def pooled_db(self, name: str, rival: str) -> float:
        """Lead of the PSNR of all clusters' errors together."""
        return float(10 * np.log10(self.mse[rival].mean() / self.mse[name].mean()))


def measure(images: dict[str, list[Path]], most: int) -> list[Cell]:
    """Every set in every light, so many pictures each at most."""
    return [
        cell
        for name, files in images.items()
        for light in LIGHTS
        for cell in _of_light(name, inputs(spread_over(files, most)[0], light), light)
    ]


def _of_light(images: str, given: Sequence[Input], light: Light) -> list[Cell]:
    print(f"{images}, {light.name}: clusters alone", file=sys.stderr, flush=True)
    stages = {name: stage(name) for name in (*classical(), *LEARNED)}
    with ThreadPoolExecutor(thread_budget()) as pool:
        parts = [one for many in pool.map(partial(_of_input, stages), given) for one in many]
    found = []
    for sort in SORTS:
        for channel in (ALL, *CHANNEL_NAMES[:3]):
            mine = [p for p in parts if p[:2] == (sort, channel)]
            image = [name for _, _, name, mse in mine for _ in mse["fsr"]]
            mse = {name: np.concatenate([p[3][name] for p in mine]) for name in stages}
            found.append(Cell(images, light.name, sort, channel, image, mse))
    return found


Part = tuple[str, str, str, dict[str, Floats]]


def _of_input(stages: dict[str, Stage], given: Input) -> list[Part]:
    """Sort, channel, image, errors of each cluster."""
    subject = given.open()
    reference = subject.reference or subject.frame
    truth = Truth(reference, subject.frame.levels.step_dn)
    found: list[Part] = []
    for sort in SORTS:
        rng = child_rng(0, "alone", given.name, sort)
        rows, cols, cluster = lattice(subject.frame.shape, sort, rng)
        defects = DefectMap.for_frame(rows, cols, subject.frame)
        frame = blown(subject.frame, rows, cols)
        site = reference.cfa.sites_at(defects.rows, defects.cols)
        channel = np.asarray(CHANNEL_OF_SITE)[site]
        squares = {}
        for name, one in stages.items():
            repaired = apply_repair(frame, defects, one.repair(frame, defects), name)
            squares[name] = truth.squares(rows, cols, repaired.mosaic[rows, cols])
        for code, label in ((None, ALL), *enumerate(CHANNEL_NAMES[:3])):
            chosen = np.ones(len(rows), bool) if code is None else channel == code
            mse = {
                name: square.select(chosen).means(cluster[chosen])
                for name, square in squares.items()
            }
            found.append((sort, label, given.name, mse))
    return found


def blown(frame: RawFrame, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> RawFrame:
    """The frame with white in the given pixels."""
    mosaic = frame.mosaic.copy()
    mosaic[rows, cols] = round(float(np.max(frame.levels.white)))
    return frame.with_mosaic(mosaic, "blown clusters")


def lattice(
    shape: tuple[int, int], sort: str, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of bad pixels in a map's order, and which cluster each belongs to."""
    height, width, step, share = SORTS[sort]
    places = [np.arange(MARGIN_PX, size - SPACING_PX, SPACING_PX) for size in shape]
    corner = np.stack(np.meshgrid(*places, indexing="ij"), -1).reshape(-1, 2)
    corner = corner + rng.integers(0, LOOSE_PX, corner.shape)
    inside = np.indices((height, width)).reshape(2, -1).T * step
    at = corner[:, None] + inside
    cluster = np.broadcast_to(np.arange(len(corner))[:, None], at.shape[:2])
    bad = rng.random(at.shape[:2]) < share
    rows, cols = at[bad].T
    order = np.lexsort((cols, rows))
    return rows[order], cols[order], cluster[bad][order]


def section(found: Sequence[Cell]) -> str:
    """The table of all channels together, and the cells that a classical corrector wins."""
    rivals = classical()
    rows = [_row(cell, cell.best(rivals)) for cell in found if cell.channel == ALL]
    header = ["images", "light", "cluster", "number", "best classical"]
    header += [f"`{name}`" for name in LEARNED]
    header += [f"`{name}` worse by > 1 dB" for name in LEARNED]
    lost = [_lost(found, rivals, name) for name in LEARNED]
    return "\n\n".join(["## Clusters alone", TEXT, table(header, rows), *lost])


TEXT = (
    "One sort of cluster at a time on a loose lattice over each picture, the map known, the noise-free"
    " scene as reference. Best classical corrector, told after the fact for each row, with its mean PSNR"
    " per cluster in dB; for each learned one the paired lead over it with its 95 % interval over images,"
    " in brackets behind it the lead of the PSNR of all errors together. *Worse*: share of the clusters"
    " on which it is behind by more than 1 dB; on single pixels two equally good correctors whose errors"
    " had nothing to do with each other would each be so on 46 %."
)


def _row(cell: Cell, rival: str) -> list[str]:
    mean = float(cell.psnr_db(rival).mean())
    line = [cell.images, cell.light, cell.sort, str(len(cell.image)), f"`{rival}` {mean:.2f}"]
    for name in LEARNED:
        lead = cell.lead(name, rival)
        line.append(
            f"**{lead.mean:+.2f}** [{lead.low:.2f}, {lead.high:.2f}]"
            f" ({cell.pooled_db(name, rival):+.2f})"
        )
    return line + [f"{100 * worse(cell, name, rival):.0f} %" for name in LEARNED]


def worse(cell: Cell, name: str, rival: str, by_db: float = 1.0) -> float:
    """Share of the clusters on which a stage is behind a rival by more than so many dB."""
    return float(np.mean(cell.psnr_db(rival) - cell.psnr_db(name) > by_db))


def _lost(found: Sequence[Cell], rivals: Sequence[str], name: str) -> str:
    """A sentence and a table on the cells (channels apart) that a classical corrector wins."""
    behind = []
    for cell in found:
        rival = cell.best(rivals)
        lead = cell.lead(name, rival)
        if lead.mean < 0:
            what = f"{cell.images}, {cell.light}, {cell.sort}, {cell.channel}"
            behind.append([what, f"`{rival}`", with_interval(lead)])
    text = f"`{name}` is behind the best classical corrector in {len(behind)} of {len(found)} cells"
    text += " of images × light × cluster × channel" + (":" if behind else ".")
    if not behind:
        return text
    return text + "\n\n" + table(["cell", "best classical", "lead in dB"], behind)


def cell_data(cell: Cell) -> dict[str, Any]:
    """A cell for the JSON file."""
    rival = cell.best(classical())
    place = {"images": cell.images, "light": cell.light, "sort": cell.sort}
    return {
        **place,
        "channel": cell.channel,
        "clusters": len(cell.image),
        "best_classical": rival,
        "mean_psnr_db": {name: float(cell.psnr_db(name).mean()) for name in cell.mse},
        "pooled_mse": {name: float(mse.mean()) for name, mse in cell.mse.items()},
        "lead": {name: vars(cell.lead(name, rival)) for name in LEARNED},
        "worse_by_1_db": {name: worse(cell, name, rival) for name in LEARNED},
    }
