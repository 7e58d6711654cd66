"""The loop of every training: bounded, resumable after a kill, best weights kept, curves drawn."""

from __future__ import annotations

import csv
import logging
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from isp.courses import draw_history
from isp.files import atomic
from stages.learned.running.tensors import load_tensors, save_tensors

log = logging.getLogger(__name__)

REPORTS = 20
"""Reports of a training with a budget in samples."""

Row = dict[str, float]


class Task(Protocol):
    """Something that learns: all that changes is behind `step`, all that is judged behind `judge`."""

    @property
    def samples_per_step(self) -> int:
        """Samples that one step draws."""

    def step(self, number: int, fraction: float) -> Row:
        """Take step `number`, counted from 0; returns losses by name.

        All chance follows from the task's seed and ``number``. ``fraction`` is the share of the budget
        that is used up, 0 to 1, which schedules follow.
        """

    def judge(self) -> Row:
        """Held-out figures; the best weights are those of the highest ``score``."""

    def state(self) -> dict[str, Tensor]:
        """Everything that `restore` needs to go on as if nothing had happened."""

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the weights as they are used, with what is known of them."""


@dataclass(frozen=True)
class Budget:
    """How long to train: wall-clock seconds or samples, one of them."""

    seconds: float | None = None
    samples: int | None = None

    def used(self, samples: int, elapsed_s: float) -> float:
        """Share that is used up, 0 to 1."""
        if self.samples is not None:
            return min(samples / self.samples, 1.0)
        return min(elapsed_s / (self.seconds or 1.0), 1.0)


@dataclass
class Progress:
    """Where a training stands; ``history`` has a row per report."""

    step: int = 0
    samples: int = 0
    elapsed_s: float = 0.0
    best: float = -math.inf
    history: list[Row] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.samples} samples in {self.elapsed_s:.0f} s, best score {self.best:.2f}"


def state_path(out: Path) -> Path:
    """The file that a killed training of these weights resumes from."""
    return out.with_name(f"{out.stem}.state.safetensors")


def log_path(out: Path) -> Path:
    """The history of these weights' training."""
    return out.with_name(f"{out.stem}.log.csv")


def curves_path(out: Path) -> Path:
    """The history as a picture."""
    return out.with_name(f"{out.stem}.png")


def run(
    task: Task,
    out: Path,
    budget: Budget,
    *,
    resume: bool = False,
    report_every_s: float = 120.0,
    report_every_steps: int | None = None,
) -> Progress:
    """Train until the budget is used up.

    Parameters
    ----------
    task : Task
        What learns.
    out : path
        Weights, rewritten at every report that is the best so far. Beside them: the state to resume
        from (``<stem>.state.safetensors``), ``<stem>.log.csv`` and ``<stem>.png``, the curves.
    budget : Budget
        With one in samples a resumed training is the unbroken one, bit by bit.
    resume : bool
        Go on from the state beside ``out``.
    report_every_s : float
        Seconds between two reports, for a budget in seconds.
    report_every_steps : int, optional
        Steps between two reports; a budget in samples has `REPORTS` of them by default.

    Returns
    -------
    Progress
        With the history of reports.

    Raises
    ------
    WeightsError
        If there is no state to resume from, or it is damaged.
    """
    progress = _resumed(task, out) if resume else Progress()
    if report_every_steps is None and budget.samples is not None:
        report_every_steps = max(1, budget.samples // task.samples_per_step // REPORTS)
    reported, losses = time.monotonic(), list[Row]()
    while (fraction := budget.used(progress.samples, progress.elapsed_s)) < 1.0:
        begun = time.monotonic()
        losses.append(task.step(progress.step, fraction))
        now = time.monotonic()
        progress.step += 1
        progress.samples += task.samples_per_step
        progress.elapsed_s += now - begun
        if report_every_steps is not None:
            due = progress.step % report_every_steps == 0
        else:
            due = now - reported >= report_every_s
        if due or budget.used(progress.samples, progress.elapsed_s) >= 1.0:
            _report(task, out, progress, losses)
            reported, losses = time.monotonic(), []
    return progress


def _resumed(task: Task, out: Path) -> Progress:
    tensors, about = load_tensors(state_path(out))
    task.restore(tensors)
    return Progress(**about["progress"])


def _report(task: Task, out: Path, progress: Progress, losses: list[Row]) -> None:
    """Judge, keep the weights if they are the best, and write state, log and curves."""
    judged = task.judge()
    row: Row = {
        "step": progress.step,
        "samples": progress.samples,
        "elapsed_s": round(progress.elapsed_s, 1),
        **{name: round(value, 5) for name, value in _mean(losses).items()},
        **{name: round(value, 4) for name, value in judged.items()},
    }
    progress.history.append(row)
    log.info("%s", row)
    if judged["score"] > progress.best:
        progress.best = judged["score"]
        task.write(out, {"samples": progress.samples, "validation": judged})
    save_tensors(state_path(out), task.state(), {"progress": asdict(progress)})
    _write_log(log_path(out), progress.history)
    draw_history({out.stem: progress.history}, curves_path(out))


def _mean(losses: list[Row]) -> Row:
    return {name: sum(row[name] for row in losses) / len(losses) for name in losses[0]}


def _write_log(path: Path, history: list[Row]) -> None:
    with atomic(path, force=True) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
