"""The four ways to train a generator, as a task of the training loop.

A step shows the critic `n_critic` batches; from the last of them the generator learns too. A batch may
be worked through in equal shards by threads side by side: their gradients are added in a fixed order, so
that the result does not depend on the number of threads. All chance follows from the plan's seed and the
step's number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from isp.threads import thread_budget
from stages.learned.defectgan.critic import GlobalCritic, PixelCritic, settle
from stages.learned.defectgan.dataset import KeptSamples, Samples, samples_from
from stages.learned.defectgan.defects import Defects
from stages.learned.defectgan.folding import folded
from stages.learned.defectgan.lesson import AnyCritic, Made, critic_loss, generator_losses, make
from stages.learned.defectgan.network import Generator, ready
from stages.learned.defectgan.plan import Plan
from stages.learned.defectgan.start import put_weights, start_as_copy
from stages.learned.defectgan.validation import Validation
from stages.learned.defectgan.weights import write_generator
from stages.learned.running.tensors import Tensors
from stages.learned.running.threads import side_by_side
from stages.learned.training.average import Average
from stages.learned.training.optimisers import optimiser_tensors, part, restore_optimiser

JUDGED = 96
"""Held-out samples that a training is judged by."""

Gradients = Sequence[Tensor]


class DefectTask:
    """A generator that learns, its critic, and the frozen autoencoder if there is one.

    Parameters
    ----------
    plan : Plan
        Every choice.
    samples : Samples
        To learn from.
    validation : Validation
        To be judged by.
    pool : ThreadPoolExecutor
        Works through the shards, see `workers`.
    """

    def __init__(
        self, plan: Plan, samples: Samples, validation: Validation, pool: ThreadPoolExecutor
    ) -> None:
        self.plan, self.validation, self.pool = plan, validation, pool
        kept = plan.kept
        self.samples = KeptSamples.of(samples, plan.seed, kept) if kept else samples
        self.first: Generator | None = None
        self.teacher: Generator | None = None
        self._begin(plan.seed)

    def _begin(self, seed: int) -> None:
        """Fresh networks, optimisers and average."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.generator = self._fresh().train()
            if self.first is not None:
                put_weights(self.first, self.generator)
            elif self.plan.initial == "copy":
                start_as_copy(self.generator)
            self.critic = _critic(self.plan)
        self._equip()

    def _equip(self) -> None:
        """Fresh optimisers and average for the networks as they are."""
        plan = self.plan
        self.average = Average(self.generator, plan.average) if plan.average else None
        self.adam = _adam(self.generator, plan.generator_rate, plan)
        self.critic_adam = _adam(self.critic, plan.critic_rate, plan) if self.critic else None

    def _fresh(self) -> Generator:
        plan = self.plan
        return ready(Generator(plan.channels, plan.output, plan.dropout, plan.normalisation))

    @property
    def samples_per_step(self) -> int:
        """Samples that one step draws."""
        return self.plan.batch * self._batches

    @property
    def _batches(self) -> int:
        return self.plan.n_critic if self.critic else 1

    @property
    def _copying(self) -> bool:
        """Whether the autoencoder of the latent inpainter is what learns now."""
        return self.plan.way == "latent_inpainter" and self.teacher is None

    def step(self, number: int, fraction: float) -> dict[str, float]:
        """Take one step, see `stages.learned.training.loop.Task`."""
        if self._copying and fraction >= self.plan.autoencoder_share:
            self.teacher = folded(self._judged())
            self._begin(self.plan.seed + 1)
        self._set_rates(number, fraction)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed((self.plan.seed << 32) + number)
            losses = self._learn(number)
        if self.average is not None:
            self.average.follow(self.generator, number + 1)
        return losses

    def _set_rates(self, number: int, fraction: float) -> None:
        height = 1.0 if self.plan.schedule == "constant" else self._cosine(number, fraction)
        self.adam.param_groups[0]["lr"] = self.plan.generator_rate * height
        if self.critic_adam is not None:
            self.critic_adam.param_groups[0]["lr"] = self.plan.critic_rate * height

    def _cosine(self, number: int, fraction: float) -> float:
        share = self.plan.autoencoder_share
        if self.plan.way == "latent_inpainter":
            fraction = fraction / share if self._copying else (fraction - share) / (1 - share)
        rise = min(1.0, (number + 1) / self.plan.warm_up)
        return rise * (0.01 + 0.495 * (1 + math.cos(math.pi * min(fraction, 1.0))))

    def _learn(self, number: int) -> dict[str, float]:
        taught = 0.0
        shards = self.plan.shards
        for index in range(self._batches):
            first = (number * self._batches + index) * shards
            work = partial(self._make, learning=index == self._batches - 1)
            made = list(self.pool.map(work, range(first, first + shards)))
            if self.critic is not None:
                taught += self._teach(self.critic, made) / self._batches
        results = list(self.pool.map(self._gradients, made))
        _update(self.adam, [gradients for _, gradients in results])
        row = {name: sum(r[name] for r, _ in results) / shards for name in results[0][0]}
        return {**row, "critic": taught} if self.critic is not None else row

    def _make(self, number: int, *, learning: bool) -> Made:
        """Draw a shard and show it to the generator."""
        batch = self.samples.draw(self.plan.seed, number, self.plan.batch // self.plan.shards)
        with torch.set_grad_enabled(learning):
            return make(self.plan, self.generator, batch, copying=self._copying)

    def _teach(self, critic: AnyCritic, made: Sequence[Made]) -> float:
        """Update the critic; returns its loss."""
        settle(critic)
        parameters = list(critic.parameters())

        def gradients(one: Made) -> tuple[float, Gradients]:
            loss = critic_loss(self.plan, critic, one)
            return float(loss.detach()), torch.autograd.grad(loss, parameters)

        results = list(self.pool.map(gradients, made))
        if self.critic_adam is not None:
            _update(self.critic_adam, [gradients for _, gradients in results])
        return sum(loss for loss, _ in results) / len(results)

    def _gradients(self, made: Made) -> tuple[dict[str, float], Gradients]:
        """The generator's losses on a shard, and what they say to its weights."""
        losses = generator_losses(self.plan, made, self.critic, self.teacher)
        total = torch.stack(list(losses.values())).sum()
        gradients = torch.autograd.grad(total, list(self.generator.parameters()))
        return {name: float(loss.detach()) for name, loss in losses.items()}, gradients

    def _judged(self) -> Generator:
        """The network that is judged and written."""
        if self.average is None:
            return self.generator
        network = self._fresh()
        network.load_state_dict(self.average.values)
        return network

    def judge(self) -> dict[str, float]:
        """Held-out figures; an autoencoder's are of its copies, and score nothing."""
        network = folded(self._judged())
        if self._copying:
            return {**self.validation.judge_copies(network), "score": 0.0}
        return self.validation.judge(network)

    def state(self) -> Tensors:
        """Networks, average and optimisers."""
        parts: dict[str, nn.Module | None] = {
            "generator": self.generator,
            "critic": self.critic,
            "teacher": self.teacher,
        }
        tensors = {
            f"{name}.{key}": value
            for name, module in parts.items()
            if module is not None
            for key, value in module.state_dict().items()
        }
        if self.average is not None:
            tensors |= {f"average.{key}": value for key, value in self.average.values.items()}
        tensors |= optimiser_tensors("adam", self.adam)
        if self.critic_adam is not None:
            tensors |= optimiser_tensors("critic_adam", self.critic_adam)
        return tensors

    def restore(self, state: Tensors) -> None:
        """Go on from a state."""
        self.generator.load_state_dict(part(state, "generator."))
        restore_optimiser("adam", self.adam, state)
        if self.critic is not None and self.critic_adam is not None:
            self.critic.load_state_dict(part(state, "critic."))
            restore_optimiser("critic_adam", self.critic_adam, state)
        if self.average is not None:
            self.average.restore(part(state, "average."))
        if teacher := part(state, "teacher."):
            self.teacher = ready(Generator(self.plan.channels, self.plan.output)).eval()
            self.teacher.load_state_dict(teacher)

    def continue_from(self, generator: Generator) -> None:
        """Begin with a generator's plain weights: what the thesis calls retraining.

        The latent inpainter's autoencoder begins with them too. Under spectral normalisation the
        function is the same only where every layer's norm was 1, as it is in weights trained so.
        """
        self.first = generator
        self._begin(self.plan.seed)

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the judged generator."""
        given = {"plan": asdict(self.plan), "damaged": self.validation.before}
        write_generator(path, self._judged(), {**about, **given})


def _critic(plan: Plan) -> AnyCritic | None:
    if plan.critic == "none":
        return None
    channels = plan.channels * (2 if plan.adversarial == "cgan" else 1)
    if plan.critic == "global":
        return GlobalCritic(channels, plan.crop, plan.critic_spectral)
    return PixelCritic(channels, plan.critic_spectral)


def _adam(network: nn.Module, rate: float, plan: Plan) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=plan.betas)


def _update(optimiser: torch.optim.Optimizer, gradients: Sequence[Gradients]) -> None:
    """Take a step along the mean of the shards' gradients."""
    parameters = optimiser.param_groups[0]["params"]
    for parameter, total, *rest in zip(parameters, *gradients, strict=True):
        for other in rest:
            total.add_(other)
        parameter.grad = total.div_(1 + len(rest))
    optimiser.step()


@contextmanager
def workers(plan: Plan) -> Iterator[ThreadPoolExecutor]:
    """Threads for a plan's shards; a single shard has torch's own threads to itself."""
    if plan.shards == 1:
        with ThreadPoolExecutor(1) as pool:
            yield pool
    else:
        with side_by_side(min(thread_budget(), plan.shards)) as pool:
            yield pool


def task_from(
    plan: Plan, files: Sequence[Path], aside: Sequence[Path], pool: ThreadPoolExecutor
) -> DefectTask:
    """A task on files to learn from and files to be judged by."""
    defects = Defects.of(plan.mode)
    many = replace(defects, number=(1, plan.defects)) if plan.defects else defects
    samples = samples_from(files, many, plan.channels, plan.crop)
    held_out = samples_from(aside, defects, plan.channels, plan.crop)
    return DefectTask(plan, samples, Validation.of(held_out, JUDGED), pool)
