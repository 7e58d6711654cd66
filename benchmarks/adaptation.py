"""What networks gain that learn on from the frame which they repair, and what that costs.

    python -m benchmarks.adaptation --images Kodak24=DIR --images CBSD68=DIR --raw DIR [--pictures 6]

One map a frame: clusters of all sorts beside each other on a loose lattice over the whole picture, so
that one adaptation serves them all. Every classical corrector, `cluster_large` and `cluster_adapted` get
that map. Writes ``results/adaptation.md`` and ``.json``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned.alone import SORTS, Cell, blown, lattice
from benchmarks.learned.clusters import ALL
from benchmarks.learned.errors import Truth
from benchmarks.learned.inputs import LIGHTS, inputs, photographs, real_inputs, spread_over
from benchmarks.learned.rows import classical
from benchmarks.page import Page, table, with_interval, write_page
from isp.bound import stage
from isp.comparison.prepare import prepare
from isp.comparison.subject import Input, Subject
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.metrics.encoding import saturated
from isp.repair import apply_repair
from isp.seeds import child_rng

STEM = Path(__file__).parent / "results" / "adaptation"
BEFORE, ADAPTED = "cluster_large", "cluster_adapted"
LIT = (LIGHTS[0], LIGHTS[2])
STEPS = (100, 1000)
"""Besides the default, on the pictures that show what more or less learning gives."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Damage:
    """Clusters of all sorts in one frame.

    Parameters
    ----------
    rows, cols : int arrays of shape (P,)
        Their pixels.
    cluster : int array of shape (P,)
        Which cluster each pixel belongs to.
    sort : list of str
        Of each cluster.
    """

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    cluster: NDArray[np.intp]
    sort: list[str]

    @staticmethod
    def of(name: str, shape: tuple[int, int], useless: NDArray[np.bool_]) -> Damage:
        """Draw them; clusters that touch a useless pixel are left out."""
        names, parts, sort = list(SORTS), list[Any](), list[str]()
        places = {one: lattice(shape, one, child_rng(0, "mixed", name, one)) for one in names}
        count = min(int(found[2].max()) for found in places.values()) + 1
        for number, which in enumerate(child_rng(0, "sorts", name).integers(0, len(names), count)):
            rows, cols, cluster = places[names[which]]
            mine = cluster == number
            if mine.any() and not useless[rows[mine], cols[mine]].any():
                parts.append((rows[mine], cols[mine], np.full(int(mine.sum()), len(parts))))
                sort.append(names[which])
        rows, cols, cluster = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Damage(rows, cols, cluster, sort)


@dataclass
class Found:
    """Mean square encoded errors of a set in a light, and the processor seconds of a frame."""

    images: str
    light: str
    image: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    mse: dict[str, list[Floats]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def cell(self, sort: str) -> Cell:
        """The clusters of one sort, or of all."""
        mine = (np.array(self.sort) == sort) | (sort == ALL)
        image = [one for one, chosen in zip(self.image, mine, strict=True) if chosen]
        mse = {name: np.concatenate(parts)[mine] for name, parts in self.mse.items()}
        return Cell(self.images, self.light, sort, ALL, image, mse)


def measure(found: Found, given: Sequence[Input], stages: dict[str, Any]) -> Found:
    """Repair each input's clusters by each stage, one after the other."""
    for one in given:
        print(f"{found.images}, {found.light}: {one.name}", file=sys.stderr, flush=True)
        subject = prepare(one.open(), stage("dynamic"))
        area = subject.frame.meta.active_area
        frame = subject.frame.crop(area)
        reference = (subject.reference or subject.frame).crop(area)
        known = _known(subject).mask()[area.slices]
        damage = Damage.of(one.name, frame.shape, known | saturated(reference))
        found.sort += damage.sort
        found.image += [one.name] * len(damage.sort)
        _measure(found, frame, reference, known, damage, stages)
    return found


def _known(subject: Subject) -> DefectMap:
    return subject.existing or DefectMap.empty(subject.frame)


def _measure(
    found: Found,
    frame: RawFrame,
    reference: RawFrame,
    known: NDArray[np.bool_],
    damage: Damage,
    stages: dict[str, Any],
) -> None:
    bad = known.copy()
    bad[damage.rows, damage.cols] = True
    rows, cols = np.nonzero(bad)
    defects = DefectMap.for_frame(rows, cols, frame)
    damaged = blown(frame, damage.rows, damage.cols)
    truth = Truth(reference, frame.levels.step_dn)
    for name, corrector in stages.items():
        begun = time.process_time()
        repair = corrector.repair(damaged, defects)
        found.seconds.setdefault(name, []).append(time.process_time() - begun)
        values = apply_repair(damaged, defects, repair, name).mosaic[damage.rows, damage.cols]
        squares = truth.squares(damage.rows, damage.cols, values)
        found.mse.setdefault(name, []).append(squares.means(damage.cluster))


def main() -> None:
    """Parse the command line, measure, write the page."""
    options = _parser().parse_args()
    begun = time.monotonic()
    stages = {name: stage(name) for name in (*classical(), BEFORE, ADAPTED)}
    images = {
        name: photographs(Path(folder))
        for name, _, folder in (given.partition("=") for given in options.images)
    }
    found = []
    for name, files in images.items():
        chosen, _ = spread_over(files, options.pictures)
        found += [measure(Found(name, one.name), inputs(chosen, one), stages) for one in LIT]
    if options.raw:
        frames = real_inputs(Path(options.raw))
        found.append(measure(Found("real frames", "as taken"), frames, stages))
    first = next(iter(images))
    few, _ = spread_over(images[first], options.more)
    more = {f"{n} steps": stage(ADAPTED, steps=n) for n in STEPS}
    curve = measure(
        Found(first, LIT[0].name),
        inputs(few, LIT[0]),
        {BEFORE: stages[BEFORE], **more, ADAPTED: stages[ADAPTED]},
    )
    data: dict[str, Any] = {"rows": [_data(one) for one in found], "steps": _data(curve)}
    data["seconds"] = time.monotonic() - begun
    given = [f"--images {name}=DIR" for name in images] + ["--raw DIR"] * bool(options.raw)
    command = "python -m benchmarks.adaptation " + " ".join(given)
    sections = [_rows(found), _curve(curve)]
    write_page(STEM, Page("Networks that learn on from the frame", TEXT, command, sections), data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--raw", default="", help="folder with the known real frames")
    parser.add_argument("--pictures", type=int, default=6, help="pictures of each set")
    parser.add_argument("--more", type=int, default=2, help="pictures for other numbers of steps")
    return parser


TEXT = (
    "`cluster_adapted` is `cluster_large` after 300 steps on the good pixels of the very frame that it"
    " repairs, under the holes of that frame's own map. One map a frame: clusters of seven sorts on a"
    " loose lattice over the whole picture. Encoded PSNR per cluster in dB; leads are paired, with 95 %"
    " intervals over images; photographs are scored against the noise-free scene, real frames against"
    " themselves, noise and all (clusters that touch saturated or known bad pixels do not count)."
    " Best classical: told after the fact, for each row."
)


def _rows(found: Sequence[Found]) -> str:
    header = ["images", "light", "cluster", "number", "best classical", f"`{BEFORE}` over it"]
    header += [f"`{ADAPTED}` over it", f"`{ADAPTED}` over `{BEFORE}`"]
    lines = [_row(one.cell(sort)) for one in found for sort in SORTS if sort in one.sort]
    total = [_total(one) for one in found]
    head = ["images", "light", "pictures", "clusters", f"`{ADAPTED}` over `{BEFORE}`"]
    head += [f"processor seconds a frame, `{BEFORE}`", f"`{ADAPTED}`"]
    return "\n\n".join(
        ["## All sorts together", table(head, total), "## Sort by sort", table(header, lines)]
    )


def _row(cell: Cell) -> list[str]:
    rival = cell.best(classical())
    leads = [cell.lead(BEFORE, rival), cell.lead(ADAPTED, rival), cell.lead(ADAPTED, BEFORE)]
    mean = float(cell.psnr_db(rival).mean())
    line = [cell.images, cell.light, cell.sort, str(len(cell.image)), f"`{rival}` {mean:.2f}"]
    return line + [with_interval(one) for one in leads]


def _total(found: Found) -> list[str]:
    gain = found.cell(ALL).lead(ADAPTED, BEFORE)
    line = [found.images, found.light, str(len(set(found.image))), str(len(found.image))]
    seconds = [f"{np.median(found.seconds[name]):.1f}" for name in (BEFORE, ADAPTED)]
    return [*line, f"**{with_interval(gain)}**", *seconds]


def _curve(found: Found) -> str:
    whole = found.cell(ALL)
    names = [f"{STEPS[0]} steps", ADAPTED, f"{STEPS[1]} steps"]
    lines = [
        [
            f"`{name}` (300 steps)" if name == ADAPTED else name,
            with_interval(whole.lead(name, BEFORE)),
            f"{np.median(found.seconds[name]):.0f}",
        ]
        for name in names
    ]
    header = ["learning", f"over `{BEFORE}` / dB", "processor seconds a frame"]
    pictures = len(set(found.image))
    return (
        f"## More or less learning\n\n{found.images}, {found.light}, {pictures} pictures, all sorts.\n\n"
        + table(header, lines)
    )


def _data(found: Found) -> dict[str, Any]:
    """A set in a light for the JSON file."""
    return {
        "images": found.images,
        "light": found.light,
        "seconds": {name: float(np.median(taken)) for name, taken in found.seconds.items()},
        "sorts": {
            sort: {name: float(cell.psnr_db(name).mean()) for name in cell.mse}
            for sort in SORTS
            if sort in found.sort
            for cell in [found.cell(sort)]
        },
        "gain": vars(found.cell(ALL).lead(ADAPTED, BEFORE)),
    }


if __name__ == "__main__":
    main()
