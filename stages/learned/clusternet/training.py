"""Training: seeded, resumable after a kill, bounded by time or by samples.

A step is a fixed number of small batches; each is drawn and worked through by one thread, and their
gradients are added in a fixed order. The result therefore does not depend on the number of threads, and
a busy core delays a step by one small batch at most.
"""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from stages.learned.clusternet.loss import laplace_surprise, root_mean_square
from stages.learned.clusternet.network import ClusterNet, Shape, ready
from stages.learned.clusternet.optimiser import Muon
from stages.learned.clusternet.pictures import Pictures
from stages.learned.clusternet.sampling import Batch, draw
from stages.learned.clusternet.state import load_tensors, save_tensors, save_weights
from stages.learned.clusternet.threads import side_by_side
from stages.learned.clusternet.validation import Validation

log = logging.getLogger(__name__)

SURPRISE_SHARE = 0.005
"""Weight of the spread's loss: it has parameters of its own, so only its step size depends on it."""


@dataclass(frozen=True)
class Plan:
    """What to train and for how long.

    Parameters
    ----------
    shape : Shape
        The network's widths and depths.
    seconds, samples : float, int, optional
        Budget: wall-clock seconds, or windows. Exactly one is given.
    seed : int
        Of the weights and of every window.
    small_batch, batches : int
        Windows that one thread takes at a time; how many of those make a step.
    learning_rate : float
        At its height; it follows a cosine down to a hundredth.
    warm_up : int
        Steps over which the learning rate rises.
    average : float
        Decay of the moving average of the weights, per step.
    shares : tuple of float
        Shares of the defect families of `sampling.FAMILIES`.
    threads : int
        Threads that work at once.
    save_every_s : float
        Seconds between two saved states.
    """

    shape: Shape
    seconds: float | None = None
    samples: int | None = None
    seed: int = 0
    small_batch: int = 32
    batches: int = 4
    learning_rate: float = 5e-3
    warm_up: int = 100
    average: float = 0.999
    shares: tuple[float, float, float, float] = (0.32, 0.25, 0.23, 0.2)
    threads: int = 2
    save_every_s: float = 240.0


@dataclass
class Progress:
    """Where a training stands."""

    step: int = 0
    elapsed_s: float = 0.0
    best_db: float = -math.inf
    history: list[dict[str, float]] = field(default_factory=list)

    def __str__(self) -> str:
        windows = self.history[-1]["windows"] if self.history else 0
        return f"{windows} windows in {self.elapsed_s:.0f} s, {self.best_db:.2f} dB over the first fill"


class Trainer:
    """One training and its state on disk.

    Files beside ``out``: ``<stem>.state.safetensors`` to resume from and ``<stem>.log.csv``.

    Parameters
    ----------
    plan : Plan
        What to train.
    pictures : Pictures
        To draw windows from.
    validation : Validation
        Held-out windows that the best weights are chosen by.
    out : path
        Weights file; rewritten whenever the moving average is the best so far.
    about : dict
        Written into the weights file.
    """

    def __init__(
        self,
        plan: Plan,
        pictures: Pictures,
        validation: Validation,
        out: Path,
        about: dict[str, object] | None = None,
        start: ClusterNet | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.pictures = pictures
        self.validation = validation
        self.out = out
        self.about = about or {}
        self.progress = Progress()
        network = start or ClusterNet(plan.shape)
        self.network = ready(network).train()
        self.parameters = list(network.parameters())
        self.average = {k: v.detach().clone() for k, v in network.state_dict().items()}
        hidden, rest = self._split()
        self.muon = Muon(hidden, lr=plan.learning_rate)
        self.adam = torch.optim.AdamW(
            rest, lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )

    def _split(self) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
        """Matrices of hidden layers, and what is no matrix or touches the output."""
        outputs = ("residual", "log_spread")
        named = list(self.network.named_parameters())
        hidden = [p for n, p in named if p.ndim == 4 and not n.startswith(outputs)]
        rest = [p for n, p in named if p.ndim != 4 or n.startswith(outputs)]
        return hidden, rest

    @property
    def state_path(self) -> Path:
        """The file that a killed training resumes from."""
        return self.out.with_name(f"{self.out.stem}.state.safetensors")

    @property
    def fraction(self) -> float:
        """Share of the budget that is used up, 0 to 1."""
        plan, progress = self.plan, self.progress
        if plan.samples is not None:
            done = progress.step * plan.small_batch * plan.batches / plan.samples
        else:
            done = progress.elapsed_s / (plan.seconds or 1.0)
        return min(done, 1.0)

    def run(self, on_report: Callable[[dict[str, float]], None] | None = None) -> Progress:
        """Train until the budget is used up; returns the progress with the validation history."""
        saved, loss, steps = time.monotonic(), 0.0, 0
        with side_by_side(self.plan.threads) as pool:
            while self.fraction < 1.0:
                begun = time.monotonic()
                loss += self._step(pool)
                steps += 1
                self.progress.elapsed_s += time.monotonic() - begun
                if time.monotonic() - saved > self.plan.save_every_s or self.fraction >= 1.0:
                    self._report(loss / steps, on_report)
                    saved, loss, steps = time.monotonic(), 0.0, 0
        return self.progress

    def _step(self, pool: ThreadPoolExecutor) -> float:
        plan, step = self.plan, self.progress.step
        rate = plan.learning_rate * min(1.0, (step + 1) / plan.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * self.fraction)) + 0.01
        for optimiser in (self.muon, self.adam):
            for group in optimiser.param_groups:
                group["lr"] = rate
        first = step * plan.batches
        results = list(pool.map(self._gradients, range(first, first + plan.batches)))
        for i, parameter in enumerate(self.parameters):
            parts = [gradients[i] for gradients, _ in results]
            parameter.grad = torch.stack(parts).sum(0) / len(parts)
        self.muon.step()
        self.adam.step()
        self.progress.step += 1
        self._follow()
        return sum(loss for _, loss in results) / len(results)

    def _gradients(self, number: int) -> tuple[tuple[Tensor, ...], float]:
        """Draw small batch `number` and work it through; the network is only read."""
        plan = self.plan
        batch = draw(self.pictures, (plan.seed << 32) + number, plan.small_batch, plan.shares)
        features, target, weight = tensors(batch)
        with torch.autocast("cpu", torch.bfloat16):
            residual, log_spread = self.network(features)
        loss = root_mean_square(residual.float(), target, weight)
        surprise = laplace_surprise(residual.float(), log_spread.float(), target, weight)
        gradients = torch.autograd.grad(loss + SURPRISE_SHARE * surprise, self.parameters)
        return gradients, float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average of the weights; young averages move faster."""
        keep = min(self.plan.average, 1 - 1 / (0.1 * self.progress.step + 1))
        now = self.network.state_dict()
        torch._foreach_lerp_(list(self.average.values()), [now[k] for k in self.average], 1 - keep)

    def averaged(self) -> ClusterNet:
        """The network with the moving average of its weights."""
        network = ClusterNet(self.plan.shape)
        network.load_state_dict(self.average)
        return ready(network).eval()

    def _report(self, loss: float, on_report: Callable[[dict[str, float]], None] | None) -> None:
        network, progress = self.averaged(), self.progress
        gains = self.validation.gains_db(network)
        mean = sum(gains.values()) / len(gains)
        windows = progress.step * self.plan.small_batch * self.plan.batches
        row = {
            "step": progress.step,
            "windows": windows,
            "elapsed_s": round(progress.elapsed_s, 1),
            "loss": round(loss, 5),
            **{k: round(v, 3) for k, v in gains.items()},
            "mean": round(mean, 3),
        }
        progress.history.append(row)
        log.info("%s", row)
        if mean > progress.best_db:
            progress.best_db = mean
            save_weights(
                self.out, network, {**self.about, "windows": windows, "validation_db": gains}
            )
        self.save()
        self._write_log()
        if on_report is not None:
            on_report(row)

    def _write_log(self) -> None:
        path = self.out.with_name(f"{self.out.stem}.log.csv")
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(self.progress.history[0]))
            writer.writeheader()
            writer.writerows(self.progress.history)

    def save(self) -> None:
        """Write all that `resume` needs."""
        tensors_now = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors_now |= {f"average.{k}": v for k, v in self.average.items()}
        for name, optimiser in (("muon", self.muon), ("adam", self.adam)):
            for index, slots in optimiser.state_dict()["state"].items():
                tensors_now |= {f"{name}.{index}.{k}": torch.as_tensor(v) for k, v in slots.items()}
        about = {"progress": asdict(self.progress), "shape": asdict(self.plan.shape)}
        save_tensors(self.state_path, tensors_now, about)

    def resume(self) -> None:
        """Go on from the saved state."""
        saved, about = load_tensors(self.state_path)
        self.network.load_state_dict(_part(saved, "network."))
        self.average = _part(saved, "average.")
        for name, optimiser in (("muon", self.muon), ("adam", self.adam)):
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in _part(saved, f"{name}.").items():
                index, slot = key.split(".", 1)
                slots.setdefault(int(index), {})[slot] = value
            state = optimiser.state_dict()
            optimiser.load_state_dict({**state, "state": slots})
        self.progress = Progress(**about["progress"])


def _part(tensors_by_name: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors_by_name.items() if k.startswith(prefix)}


def tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Features, target and weight as (N, channels, rows, cols) views."""
    parts = (batch.features, batch.target, batch.weight)
    features, target, weight = (torch.from_numpy(part).permute(0, 3, 1, 2) for part in parts)
    return features, target, weight
