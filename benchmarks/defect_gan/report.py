"""The page: made anew from all that was measured so far whenever a part of it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.defect_gan import tables
from benchmarks.defect_gan.conclusions import answers, beside_thesis
from benchmarks.defect_gan.samples import SETS
from benchmarks.page import Page, table, write_page

HALF_DENSE = "density_0.5"
TITLE = "The Defect GAN, measured again"
TEXT = """\
A. G. Vestengen's thesis (Oslo 2023) trains one generator in four ways to repair clusters without
being told where they are, for up to nine hours on an RTX 4090 and on 200 000 faces (CelebA), and
measures it on faces. Here the same generator and the same four ways learned for minutes on two CPU
cores, from 188 photographs with free licences; it is measured on photographs (Kodak24, crops of
256×256) and on 15 licensed portraits reduced to 256×256, which are reported apart. So the figures
below tell what the method gives on such a budget, and are no attempt to reach the thesis's:
differences to it mix budget, pictures and method. Figures are means over samples with 95 %
bootstrap intervals over images; PSNR and SSIM (7×7) on sRGB-encoded levels, of the whole picture
and of the defect areas (whole squares, at least 7×7). *Damaged* is the input. Names that end in *+
map* are given the exact damaged pixels and change only those; all others see the picture only, as
in the thesis. **A network without a map does a harder job than a fill with one:** set the two
beside each other only with that in mind."""

PARTS = {
    "fixed": "One black 8×8 square (thesis: tables 4.4 to 4.11)",
    "dynamic": "Dynamic defects, trained on fixed ones only (table 4.12)",
    "retrained": "Dynamic defects, retrained on them (tables 4.13 and 4.14)",
}
MODE_TEXT = {
    "fixed": "",
    "dynamic": "1 to 3 squares of 7 to 12 pixels, white or black, up to 25 % off the rail,"
    " full or half-dense.",
    "retrained": "The same samples as before, after further training on such defects.",
}
MOSAIC_TEXT = """\
Generators of the packed mosaic (R, G, G, B), trained on dynamic defects, as the stages of this
package: `<way>` is given the map and computes windows round the marked pixels, `<way>_blind` sees
the whole frame and takes what differs by more than 0.1 (*whole frame*: all of it, as in the
thesis). Protocol `dynamic` on 12-bit mosaics made from the pictures; areas are judged in the
developed picture. `none` is the damaged frame. The thesis reports 26.5 to 29.5 dB and 71 to 80 %
for its retrained networks, on RGB pictures of faces: not the same task, since here every colour has
a quarter or half of the samples. *Good pixels changed* and the *ring* (4 pixels round the clusters)
are what a stage without a map does to pixels that were right."""
PAINTING_TEXT = """\
A corrector must not look at marked pixels, so something else has to be shown there. *Black* is what
the network learned to replace; *near* is Shepard's interpolation of the good pixels of the colour,
which hides the defect from it, and is a repair of its own (*no network*). *Joined*: what the
network is off by at the good pixels is interpolated into the hole and taken off
(`fullframe/seam.py`). PSNR of the defect pixels on encoded levels, windows of 48 blocks where
nothing else is said."""
TIME_TEXT = """\
Median and quartiles of single pictures, RGB. Other programs had most of the processor meanwhile: an
upper bound, with two threads the more so.
"""
ABLATION_TEXT = """\
RGB, fixed defects, crops of {crop}×{crop}, batches of {batch}, the quick recipe of `isp train`,
every training the same {budget} samples, one run each (the thesis: 500 000 samples of 128×128).
Figures are those of the best report on {judged} held-out samples. *Base* is the inpainter with a
WGAN critic per pixel, ReLU and local L2, begun as a copy of what it is shown; each line changes one
thing, and what cannot begin as a copy is set beside *from noise*; the latent losses are compared in
the dual encoder. Two seeds of *base* show what chance does: smaller differences say nothing, and so
early in a training the order may not be the one at its end. Without a critic the generator learns
from every sample, with one from every second."""


def load(stem: Path) -> dict[str, Any]:
    """What was measured so far."""
    path = stem.with_suffix(".json")
    return dict(json.loads(path.read_text())["parts"]) if path.is_file() else {}


def write(stem: Path, parts: dict[str, Any]) -> None:
    """Write page and data."""
    page = Page(TITLE, TEXT, "python -m benchmarks.defect_gan <table> …", _sections(stem, parts))
    write_page(stem, page, {"parts": parts})


def _sections(stem: Path, parts: dict[str, Any]) -> list[str]:
    found = []
    if rows := answers(parts):
        found.append(
            "## Which of the thesis's conclusions hold here\n\nPaired differences of the defect PSNR on"
            " the same samples; *holds* where the whole interval is above 0.\n\n"
            + table(["claim", *SETS], rows, right=True)
        )
        found += [parts["remarks"]] if "remarks" in parts else []
    for part, title in PARTS.items():
        found += _pictures_part(stem, part, title, parts.get(part, {}))
    if "mosaic" in parts:
        found += _mosaic_part(parts["mosaic"])
    if "painting" in parts:
        shown = tables.painting_table(parts["painting"])
        found.append(f"## What a network without a map is shown\n\n{PAINTING_TEXT}\n\n{shown}")
    if "time" in parts:
        shown = tables.time_table(parts["time"])
        found.append(f"## Inference time (table 4.1)\n\n{TIME_TEXT}\n\n{shown}")
    if "ablations" in parts:
        text = ABLATION_TEXT.format(**parts["ablations"], **parts["ablations"]["short"])
        shown = tables.ablation_table(parts["ablations"])
        found.append(f"## Ablations (chapter 5)\n\n{text}\n\n{shown}")
    if (stem.parent / f"{stem.name}_curves.png").is_file():
        found.append(
            "## Curves of the trainings\n\nOf the latent inpainter the first point is its autoencoder,"
            " shown clean pictures."
            f"\n\n![curves]({stem.name}_curves.png)"
        )
    return found


def _pictures_part(stem: Path, part: str, title: str, sets: dict[str, Any]) -> list[str]:
    if not sets:
        return []
    found = [f"## {title}\n\n{MODE_TEXT[part]}".strip()]
    if trainings := sets.get("trainings"):
        found.append(tables.trainings_table(trainings))
    for name in (name for name in SETS if name in sets):
        found.append(f"### {name.capitalize()} ({tables.samples_of(sets[name])})")
        found.append(tables.pictures_table(part, sets[name]))
        picture = f"{stem.name}_{part}_{name}.png"
        if (stem.parent / picture).is_file():
            found.append(f"![{part}, {name}]({picture})")
    return found


def _mosaic_part(sets: dict[str, Any]) -> list[str]:
    found = [f"## Stages on the mosaic\n\n{MOSAIC_TEXT}"]
    for name, variants in sets.items():
        for variant, results in variants.items():
            found.append(f"### {name.capitalize()}, {variant} ({tables.samples_of(results)})")
            found.append(tables.mosaic_table(results))
            if variant == HALF_DENSE and (told := beside_thesis(results)):
                found.append(told)
    return found
