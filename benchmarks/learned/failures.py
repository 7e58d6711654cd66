"""The worst repairs: which they are, what they look like, and what the surroundings did not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned.clusters import ALL, ClusterError
from isp.bound import stage
from isp.comparison.case import Case
from isp.comparison.develop import Development
from isp.comparison.plan import Plan
from isp.comparison.run import open_case
from isp.files import atomic
from isp.frame import Area
from isp.metrics.encoding import encoded_mosaic
from isp.metrics.regions import Cluster

SIDE_PX = 48
RING_PX = 8
STAGES = ("fsr", "cluster")
ALONE, DIRECTED, FINE, REPEATING = 0.15, 0.5, 1.0, 0.3

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Failure:
    """One of the worst clusters: its error, what is measured of its truth, and its pictures."""

    error: ClusterError
    alone: float
    directedness: float
    fineness: float
    repetition: float
    period_px: int
    pictures: dict[str, NDArray[np.float32]]

    @property
    def cause(self) -> str:
        """A sentence on what the surroundings did not tell, from what was measured."""
        if self.alone > ALONE:
            return (
                f"{100 * self.alone:.0f} % of its pixels are brighter or darker than any of their colour"
                f" within {RING_PX} px: a thing that lies inside the hole"
            )
        if self.repetition > REPEATING:
            return f"a pattern that repeats every {self.period_px} px is not carried on in step"
        if self.directedness > DIRECTED:
            return (
                f"an edge (gradients {100 * self.directedness:.0f} % of one direction) that bends, forks"
                " or ends inside the hole"
            )
        if self.fineness > FINE:
            return (
                "texture finer than the mosaic: neighbours of one colour differ by"
                f" {self.fineness:.1f} times the area's own standard deviation"
            )
        return "structure of several directions meets inside the hole, which its surroundings leave open"


def worst(errors: Sequence[ClusterError], name: str, count: int) -> list[ClusterError]:
    """The clusters with the largest error, at most one of a crop."""
    ranked = sorted((e for e in errors if e.channel == ALL), key=lambda e: -e.mse[name])
    chosen: dict[tuple[str, str, str], ClusterError] = {}
    for one in ranked:
        chosen.setdefault((one.images, one.input, one.crop), one)
    return list(chosen.values())[:count]


def examine(error: ClusterError, plan: Plan) -> Failure:
    """Open the case again, measure the truth, develop the pictures."""
    case = open_case(plan, error.task, plan.inputs[error.task.input].open())
    cluster = next(c for c in case.clusters if int(c.entries[0]) == error.entry)
    area = _window(cluster, case.clean.shape)
    development = Development("opencv_ea")
    frames = {"truth": case.reference, "damaged": case.damaged}
    frames |= {name: stage(name)(case.damaged, case.truth) for name in STAGES}
    pictures = {name: development.picture(one)[area.slices] for name, one in frames.items()}
    truth = encoded_mosaic(case.reference)
    repetition, period = _repetition(truth[area.slices])
    return Failure(
        error, _alone(truth, case, cluster), _directedness(truth[area.slices]),
        _fineness(truth, cluster), repetition, period, pictures,
    )  # fmt: skip


def _window(cluster: Cluster, shape: tuple[int, int]) -> Area:
    side = min(SIDE_PX, *shape)
    box = cluster.box
    middle = (box.top + box.height // 2, box.left + box.width // 2)
    top, left = (
        int(np.clip(at - side // 2, 0, limit - side)) // 2 * 2
        for at, limit in zip(middle, shape, strict=True)
    )
    return Area(top, left, side, side)


def _alone(truth: Floats, case: Case, cluster: Cluster) -> float:
    """Share of the cluster's pixels outside the range of their colour round it."""
    rows, cols = case.truth.rows[cluster.entries], case.truth.cols[cluster.entries]
    box = cluster.box
    top, left = max(box.top - RING_PX, 0), max(box.left - RING_PX, 0)
    part = (slice(top, box.bottom + RING_PX), slice(left, box.right + RING_PX))
    good = ~case.truth.mask()[part]
    sites = case.clean.cfa.index_map(case.clean.shape)
    outside = np.zeros(len(rows), bool)
    for site in np.unique(sites[rows, cols]):
        mine = sites[rows, cols] == site
        around = truth[part][good & (sites[part] == site)]
        values = truth[rows[mine], cols[mine]]
        slack = 0.02
        outside[mine] = (values < around.min() - slack) | (values > around.max() + slack)
    return float(outside.mean())


def _fineness(truth: Floats, cluster: Cluster) -> float:
    """Difference of same-colour neighbours over the standard deviation of the area, by colour."""
    box = cluster.box
    part = truth[max(box.top - 2, 0) : box.bottom + 2, max(box.left - 2, 0) : box.right + 2]
    steps, deviations = [], []
    for i in range(2):
        for j in range(2):
            plane = part[i::2, j::2]
            if min(plane.shape) >= 2:
                steps += [np.square(np.diff(plane, axis=k)).mean() for k in (0, 1)]
                deviations.append(plane.var())
    return float(np.sqrt(np.mean(steps) / max(np.mean(deviations), 1e-9)))


def _directedness(part: Floats) -> float:
    """How much the gradients of an area's middle agree on a direction (structure tensor): 0 to 1."""
    grey = part[::2, ::2] + part[1::2, ::2] + part[::2, 1::2] + part[1::2, 1::2]
    middle = slice(grey.shape[0] // 4, -(grey.shape[0] // 4))
    down, across = (np.gradient(grey, axis=k)[middle, middle] for k in (0, 1))
    yy, xx, xy = (float((a * b).sum()) for a, b in ((down, down), (across, across), (down, across)))
    return float(np.hypot(yy - xx, 2 * xy) / max(yy + xx, 1e-12))


def _repetition(part: Floats) -> tuple[float, int]:
    """Largest correlation of an area with itself shifted by 4 to 16 px, and that shift."""
    grey = part[::2, ::2] + part[1::2, ::2] + part[::2, 1::2] + part[1::2, 1::2]
    found = (0.0, 0)
    for down, right in ((k * a, k * b) for k in range(2, 9) for a, b in ((0, 1), (1, 0), (1, 1))):
        one = grey[down:, right:].ravel()
        two = grey[: grey.shape[0] - down, : grey.shape[1] - right].ravel()
        if one.std() > 1e-6 and two.std() > 1e-6:
            # Smooth areas resemble themselves at any shift: what counts is more than half way back.
            half = grey[down // 2 :, right // 2 :]
            other = grey[: grey.shape[0] - down // 2, : grey.shape[1] - right // 2]
            dip = np.corrcoef(half.ravel(), other.ravel())[0, 1]
            rise = float(np.corrcoef(one, two)[0, 1] - max(dip, 0.0))
            found = max(found, (rise, 2 * max(down, right)))
    return found


def draw(failures: Sequence[Failure], path: Path) -> None:
    """A sheet: truth, damage, repairs of each, two failures a line."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(failures[0].pictures)
    lines = -(-len(failures) // 2)
    figure, axes = pyplot.subplots(
        lines, 2 * len(names), figsize=(11.2, 1.55 * lines), squeeze=False
    )
    for one in axes.flat:
        one.axis("off")
    for number, failure in enumerate(failures):
        row, start = number // 2, number % 2 * len(names)
        for k, name in enumerate(names):
            place: Any = axes[row, start + k]
            place.imshow(np.clip(failure.pictures[name], 0, 1), interpolation="nearest")
            place.set_title(f"{number + 1} {name}", fontsize=7, pad=2)
    figure.subplots_adjust(0.005, 0.005, 0.995, 0.965, 0.03, 0.18)
    with atomic(path, force=True) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
    pyplot.close(figure)


def sentences(failures: Sequence[Failure]) -> str:
    """One numbered line a failure."""
    lines = []
    for number, one in enumerate(failures, 1):
        e = one.error
        figures = ", ".join(f"`{name}` {e.psnr_db(name):.1f} dB" for name in STAGES)
        where = f"{e.images} {e.input}, {e.variant}, {e.kind} {e.size}"
        lines.append(f"{number}. {where} ({figures}): {one.cause}.")
    return "\n".join(lines)
