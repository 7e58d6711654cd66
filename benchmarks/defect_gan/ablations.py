"""The thesis's ablations: one choice changed at a time, the same small budget for each."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stages.learned.defectgan.dataset import DrawnSamples, samples_from
from stages.learned.defectgan.defects import Defects
from stages.learned.defectgan.plan import Plan, Way
from stages.learned.defectgan.recipes import plan_for
from stages.learned.defectgan.task import JUDGED, DefectTask, workers
from stages.learned.defectgan.validation import Validation
from stages.learned.training.begin import held_out
from stages.learned.training.loop import Budget, run
from stages.learned.training.pictures import image_files

REPORTS = 3
SHORT: dict[str, Any] = {
    "channels": 3,
    "mode": "fixed",
    "crop": 32,
    "batch": 16,
    "shards": 1,
    "warm_up": 10,
    "average": 0.9,
}
"""Small, so that a budget of minutes is many steps."""


def _plan(way: Way = "inpainter", **changes: Any) -> Plan:
    return plan_for(way, "quick", {**SHORT, **changes})


RUNS: dict[str, Plan] = {
    "base": _plan(),
    "base, another seed": _plan(seed=1),
    "no critic": _plan(critic="none"),
    "cGAN": _plan(adversarial="cgan"),
    "global critic": _plan(critic="global"),
    "local L1": _plan(local_distance="l1"),
    "latent L1": _plan("dual_encoder"),
    "latent L2": _plan("dual_encoder", latent_distance="l2"),
    "no output activation": _plan(output="none"),
    "from noise": _plan(initial="kaiming"),
    "from noise, tanh": _plan(output="tanh"),
    "from noise, batch norm": _plan(normalisation="batch"),
    "from noise, spectral norm": _plan(normalisation="spectral"),
    "from noise, dropout": _plan(dropout=0.1),
}
"""``base``: inpainter, WGAN, critic per pixel, ReLU, local L2, begun as a copy of what it is shown; tanh
and regularisation need a start from noise."""

GROUPS: dict[str, tuple[str, ...]] = {
    "chance": ("base", "base, another seed"),
    "start": ("base", "from noise"),
    "objective": ("base", "cGAN", "no critic"),
    "critic": ("base", "global critic"),
    "defect loss": ("base", "local L1"),
    "latent loss": ("latent L1", "latent L2"),
    "output activation": ("base", "no output activation", "from noise", "from noise, tanh"),
    "regularisation": (
        "from noise",
        "from noise, batch norm",
        "from noise, spectral norm",
        "from noise, dropout",
    ),
}

THESIS_SAYS: dict[str, str] = {
    "chance": "",
    "start": "",
    "objective": "WGAN well ahead of cGAN",
    "critic": "per pixel ahead of global",
    "defect loss": "L2 ahead on the defect, L1 on the whole picture",
    "latent loss": "L1 slightly ahead",
    "output activation": "ReLU level or ahead, most in defect SSIM (10 %)",
    "regularisation": "none and dropout ahead, spectral norm about 2 dB behind, batch norm 3 to 4 dB",
}


def measured(options: argparse.Namespace, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Train what is asked for, telling all results after each; those under the same budget stay."""
    if options.train is None or options.work is None:
        raise SystemExit("'ablations' needs --train DIR (pictures) and --work DIR (logs).")
    samples, validation = _data(options.train)
    found = dict(known.get("runs", {})) if known.get("budget") == options.budget else {}
    for name in options.only.split(";") if options.only else RUNS:
        found[name] = _trained(name, samples, validation, options.work, options.budget)
        yield {"budget": options.budget, "short": SHORT, "judged": JUDGED, "runs": found}


def _data(folder: Path) -> tuple[DrawnSamples, Validation]:
    files = image_files(folder)
    aside = held_out(files)
    rest = [path for path in files if path not in set(aside)]
    samples, other = (samples_from(f, Defects.of("fixed"), 3, SHORT["crop"]) for f in (rest, aside))
    return samples, Validation.of(other, JUDGED)


def _trained(
    name: str, samples: DrawnSamples, validation: Validation, folder: Path, budget: int
) -> dict[str, Any]:
    """Figures of the best of a training's reports."""
    plan = RUNS[name]
    out = folder / f"{name.replace(', ', '_').replace(' ', '_')}.safetensors"
    begun = time.process_time()
    with workers(plan) as pool:
        task = DefectTask(plan, samples, validation, pool)
        steps = max(1, budget // task.samples_per_step // REPORTS)
        progress = run(task, out, Budget(samples=budget), report_every_steps=steps)
    out.with_name(f"{out.stem}.state.safetensors").unlink()
    best = max(progress.history, key=lambda row: row["score"])
    kept = {k: best[k] for k in ("samples", "score", *_FIGURES)}
    return {**kept, "cpu_s": round(time.process_time() - begun, 1)}


_FIGURES = ("area_psnr_db", "area_ssim", "global_psnr_db", "global_ssim")
