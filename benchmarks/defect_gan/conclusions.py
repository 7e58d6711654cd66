"""The thesis's conclusions as questions, each answered by paired differences on the same samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from benchmarks.defect_gan.contestants import GIVEN
from benchmarks.defect_gan.samples import SETS
from benchmarks.defect_gan.score import Results, interval, lead
from benchmarks.defect_gan.thesis import RETRAINED, WAYS
from isp.metrics.bootstrap import Interval

Parts = dict[str, Any]
METRIC = "area_psnr_db"
MOSAIC = "mosaic:"
DENSITIES = ("density_1.0", "density_0.5")


@dataclass(frozen=True)
class Question:
    """A claim that is a difference of two contestants.

    Parameters
    ----------
    claim : str
        In a sentence.
    mine, theirs : (str, str)
        Part and name of the contestants: the claim says that the first is ahead.
    by_db : float
        How far ahead.
    """

    claim: str
    mine: tuple[str, str]
    theirs: tuple[str, str]
    by_db: float = 0.0


def _questions() -> Iterator[Question]:
    fixed = "fixed"
    for way in WAYS:
        yield Question(f"Trained on fixed defects, the {way.replace('_', ' ')} gains 15 dB on them",
                       (fixed, way), (fixed, "damaged"), 15.0)  # fmt: skip
    latent = "The latent loss helps"
    yield Question(f"{latent} (latent inpainter over inpainter)",
                   (fixed, "latent_inpainter"), (fixed, "inpainter"))  # fmt: skip
    yield Question(f"{latent} (dual encoder over inpainter)",
                   (fixed, "dual_encoder"), (fixed, "inpainter"))  # fmt: skip
    yield Question("The adversarial part helps (dual encoder over generative inpainter)",
                   (fixed, "dual_encoder"), (fixed, "generative_inpainter"))  # fmt: skip
    for way in ("generative_inpainter", "dual_encoder", "latent_inpainter", "inpainter"):
        name = way.replace("_", " ")
        yield Question(f"Retraining on dynamic defects helps the {name}",
                       ("retrained", way), ("dynamic", way))  # fmt: skip
        yield Question(f"Retraining brings the {name} to what it reaches on fixed defects",
                       ("retrained", way), (fixed, way))  # fmt: skip
        yield Question(f"The retrained {name} beats the 3×3 median",
                       ("retrained", way), ("retrained", "median"))  # fmt: skip
        for fill in ("navier_stokes", "fsr"):
            yield Question(f"Blind, the retrained {name} beats `{fill}`, which has the map",
                           ("retrained", way), ("retrained", fill + GIVEN))  # fmt: skip
            yield Question(f"Given the map too, the retrained {name} beats `{fill}`",
                           ("retrained", way + GIVEN), ("retrained", fill + GIVEN))  # fmt: skip


def _mosaic_questions() -> Iterator[Question]:
    for density, way, opponent in product(DENSITIES, WAYS, ("navier_stokes", "fsr", "cluster")):
        part = MOSAIC + density
        yield Question(
            f"On the mosaic at {density.replace('_', ' ')}, given the map, the"
            f" {way.replace('_', ' ')} beats `{opponent}`",
            (part, way),
            (part, opponent),
        )


def answers(parts: Parts) -> list[list[str]]:
    """Rows: the claim, and for each set the difference in defect PSNR and the verdict."""
    rows = []
    for question in (*_questions(), *_mosaic_questions()):
        cells = [_answer(parts, question, name) for name in SETS]
        if any(cells):
            rows.append([question.claim, *(cell or "not measured" for cell in cells)])
    return rows


def _answer(parts: Parts, question: Question, which: str) -> str:
    (part, mine), (other_part, theirs) = question.mine, question.theirs
    here, there = (_results(parts, p, which) for p in (part, other_part))
    if not here or not there or mine not in here["values"] or theirs not in there["values"]:
        return ""
    found = lead(here, mine, there, theirs, METRIC)
    return f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}] dB: {verdict(found, question.by_db)}"


def _results(parts: Parts, part: str, which: str) -> Results:
    """Results of a part for a set; ``mosaic:`` and a density for those of the stages."""
    if part.startswith(MOSAIC):
        found = parts.get("mosaic", {}).get(which, {}).get(part.removeprefix(MOSAIC), {})
    else:
        found = parts.get(part, {}).get(which, {})
    return dict(found)


def beside_thesis(results: Results) -> str:
    """How the blind stages stand to the thesis's range at half-dense masks, in a sentence each."""
    told = []
    for name in (name for name in results["values"] if "_blind" in name):
        means = [interval(results, name, m).mean for m in (METRIC, "area_ssim")]
        ranges = [[RETRAINED[one][m] for one in WAYS] for m in (METRIC, "area_ssim")]
        places = [_place(mean, found) for mean, found in zip(means, ranges, strict=True)]
        told.append(
            f"`{name}` reaches {means[0]:.2f} dB and {means[1]:.1f} %: {places[0]} the thesis's"
            f" range in PSNR, {places[1]} it in SSIM."
        )
    return " ".join(told)


def _place(mean: float, found: list[float]) -> str:
    if mean < min(found):
        return "below"
    return "above" if mean > max(found) else "within"


def verdict(found: Interval, least: float = 0.0) -> str:
    """Whether a difference is more than it has to be, by its interval."""
    if found.low > least:
        return "holds"
    return "does not hold" if found.high < least else "cannot be told"
