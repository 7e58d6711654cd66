"""The thesis's conclusions as questions, each answered by paired differences on the same samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.defect_gan.contestants import GIVEN
from benchmarks.defect_gan.samples import SETS
from benchmarks.defect_gan.score import lead
from isp.metrics.bootstrap import Interval

Parts = dict[str, Any]
METRIC = "area_psnr_db"


@dataclass(frozen=True)
class Question:
    """A claim that is a difference of two contestants.

    Parameters
    ----------
    claim : str
        In a sentence.
    mine, theirs : (str, str)
        Part and name of the contestants: the claim says that the first is ahead.
    """

    claim: str
    mine: tuple[str, str]
    theirs: tuple[str, str]


def _questions() -> Iterator[Question]:
    fixed = "fixed"
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
        yield Question(f"The retrained {name} beats the 3×3 median",
                       ("retrained", way), ("retrained", "median"))  # fmt: skip
        for fill in ("navier_stokes", "fsr"):
            yield Question(f"Blind, the retrained {name} beats `{fill}`, which has the map",
                           ("retrained", way), ("retrained", fill + GIVEN))  # fmt: skip
            yield Question(f"Given the map too, the retrained {name} beats `{fill}`",
                           ("retrained", way + GIVEN), ("retrained", fill + GIVEN))  # fmt: skip


def answers(parts: Parts) -> list[list[str]]:
    """Rows: the claim, and for each set the difference in defect PSNR and the verdict."""
    rows = []
    for question in _questions():
        cells = [_answer(parts, question, name) for name in SETS]
        if any(cells):
            rows.append([question.claim, *(cell or "not measured" for cell in cells)])
    return rows


def _answer(parts: Parts, question: Question, which: str) -> str:
    (part, mine), (other_part, theirs) = question.mine, question.theirs
    here, there = (parts.get(p, {}).get(which) for p in (part, other_part))
    if not here or not there or mine not in here["values"] or theirs not in there["values"]:
        return ""
    found = lead(here, mine, there, theirs, METRIC)
    return f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}] dB: {verdict(found)}"


def verdict(found: Interval) -> str:
    """Whether a difference holds, by its interval."""
    if found.low > 0:
        return "holds"
    return "does not hold" if found.high < 0 else "cannot be told"
