"""Pictures for the report: what each contestant made of a defect, pixel by pixel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.comparison.case import Case
from isp.comparison.contestants import CLEAN, Outcome
from isp.comparison.develop import Development
from isp.frame import Area
from isp.metrics.regions import Cluster

SIDE_PX = 40
MAX_EXHIBITS = 6


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A cut-out round one cluster, developed, for each contestant.

    Parameters
    ----------
    input, crop, variant, map : str
        Where it is from.
    cluster : str
        What it shows: ``hot 8x8, density 1.00``.
    detail : float
        How much of the scene it hides, see `detail_under`.
    place : Area
        The cut-out in the crop.
    truth : uint8 array of shape (h, w, 3)
        The reference, sRGB.
    tiles : dict
        Label of the stage, in the order of the outcomes, to its uint8 picture (h, w, 3).
    errors : dict
        The same labels to the largest absolute error of the three channels, float32 (h, w), encoded.
    """

    input: str
    crop: str
    variant: str
    map: str
    cluster: str
    detail: float
    place: Area
    truth: NDArray[np.uint8]
    tiles: dict[str, NDArray[np.uint8]]
    errors: dict[str, NDArray[np.float32]]


def exhibit(
    case: Case,
    used_map: str,
    outcomes: Mapping[str, Outcome],
    development: Development,
) -> Exhibit | None:
    """Cut out the cluster with the most to repair; None where no cluster counts."""
    if not case.clusters:
        return None
    details = [detail_under(case, one) for one in case.clusters]
    detail = max(details)
    cluster = case.clusters[details.index(detail)]
    place = _window(cluster, case.clean.shape)
    reference = case.reference_picture(development)[place.slices]
    tiles, errors = {}, {}
    for label, outcome in outcomes.items():
        if label == CLEAN:
            continue
        picture = development.picture(outcome.frame, outcome.picture_stage)[place.slices]
        tiles[label] = to_codes(picture)
        errors[label] = np.abs(picture - reference).max(axis=-1)
    return Exhibit(
        input=case.name.input,
        crop=case.name.crop,
        variant=case.name.damage,
        map=used_map,
        cluster=f"{cluster.kind} {cluster.size}, density {cluster.density}",
        detail=detail,
        place=place,
        truth=to_codes(reference),
        tiles=tiles,
        errors=errors,
    )


def most_telling(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    """At most `MAX_EXHIBITS` that hide most of the scene, variants in turn; they come in any order."""
    variants: dict[str, list[Exhibit]] = defaultdict(list)
    for one in exhibits:
        variants[one.variant].append(one)
    ranked = [
        (rank, name, one)
        for name, group in variants.items()
        for rank, one in enumerate(sorted(group, key=lambda e: (-e.detail, e.input, e.crop)))
    ]
    return [one for *_, one in sorted(ranked, key=lambda r: r[:2])][:MAX_EXHIBITS]


def detail_under(case: Case, cluster: Cluster) -> float:
    """How much of the scene a cluster hides, whoever repairs it.

    The sum over its pixels of the squared distance of the true encoded level to the mean of its colour
    there: large for a large cluster on detail, near 0 on a flat wall, where all repairs look alike.
    """
    rows, cols = case.truth.rows[cluster.entries], case.truth.cols[cluster.entries]
    level, site = case.encoded[rows, cols], case.reference.cfa.sites_at(rows, cols)
    mean = np.bincount(site, level) / np.maximum(np.bincount(site), 1)
    return float(((level - mean[site]) ** 2).sum())


def _window(cluster: Cluster, shape: tuple[int, int]) -> Area:
    """The cut-out: of a fixed size about the cluster's middle, inside the crop."""
    side = min(SIDE_PX, *shape)
    middle = (cluster.box.top + cluster.box.height // 2, cluster.box.left + cluster.box.width // 2)
    top, left = (
        int(np.clip(at - side // 2, 0, limit - side))
        for at, limit in zip(middle, shape, strict=True)
    )
    return Area(top, left, side, side)


def to_codes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An encoded picture 0 .. 1 as 8-bit codes."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
