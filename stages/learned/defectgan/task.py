"""The four ways to train a generator, as a task of the training loop.

Reference: A. Grinden's thesis, algorithms 1 to 3. A step shows the critic `n_critic` batches; from the
last of them the generator learns too. All chance follows from the plan's seed and the step's number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from stages.learned.defectgan import objectives
from stages.learned.defectgan.critic import GlobalCritic, PixelCritic
from stages.learned.defectgan.dataset import Batch, KeptSamples, Samples, samples_from
from stages.learned.defectgan.defects import Defects
from stages.learned.defectgan.folding import folded
from stages.learned.defectgan.network import Generator, ready
from stages.learned.defectgan.plan import Plan
from stages.learned.defectgan.start import start_as_copy
from stages.learned.defectgan.validation import Validation
from stages.learned.defectgan.weights import write_generator
from stages.learned.training.average import Average
from stages.learned.training.tensors import (
    Tensors,
    optimiser_tensors,
    part,
    restore_optimiser,
)

Critic = PixelCritic | GlobalCritic

JUDGED = 96
"""Held-out samples that a training is judged by."""


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
    """

    def __init__(self, plan: Plan, samples: Samples, validation: Validation) -> None:
        self.plan, self.validation = plan, validation
        kept = plan.kept
        self.samples = KeptSamples.of(samples, plan.seed, kept) if kept else samples
        self.teacher: Generator | None = None
        self._begin(plan.seed)

    def _begin(self, seed: int) -> None:
        """Fresh networks, optimisers and average."""
        plan = self.plan
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.generator = self._fresh().train()
            if plan.initial == "copy":
                start_as_copy(self.generator)
            self.critic = _critic(plan)
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
        critic_loss = 0.0
        for index in range(self._batches):
            last = index == self._batches - 1
            batch = self._batch(number * self._batches + index)
            with torch.set_grad_enabled(last):
                made = self._made(batch)
            if self.critic is not None:
                critic_loss += self._teach(self.critic, batch, made[0].detach()) / self._batches
        losses = self._losses(batch, *made)
        total = torch.stack(list(losses.values())).sum()
        _update(self.adam, total)
        row = {name: float(loss.detach()) for name, loss in losses.items()}
        return {**row, "critic": critic_loss} if self.critic is not None else row

    def _batch(self, number: int) -> Batch:
        return self.samples.draw(self.plan.seed, number, self.plan.batch)

    def _shown(self, batch: Batch) -> Tensor:
        """What the generator sees: damaged pictures, clean ones (autoencoder), or both."""
        if self._copying:
            return batch.clean
        return torch.cat([batch.damaged, batch.clean]) if self.plan.both else batch.damaged

    def _made(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Pictures that the generator makes of what it is shown, and latent features, float32."""
        with torch.autocast("cpu", torch.bfloat16):
            features = self.generator.encode(self._shown(batch))
            pictures = self.generator.decode(features)
        return pictures.float(), features.latent.float()

    def _opinion(self, critic: Critic, pictures: Tensor, shown: Tensor) -> Tensor:
        """What the critic says of pictures; a classifier is shown the generator's input too."""
        if self.plan.adversarial == "cgan":
            pictures = torch.cat([pictures, shown], dim=1)
        with torch.autocast("cpu", torch.bfloat16):
            return cast(Tensor, critic(pictures)).float()

    def _teach(self, critic: Critic, batch: Batch, made: Tensor) -> float:
        """Update the critic with what the generator made of a batch; returns its loss."""
        shown = self._shown(batch)
        real = batch.clean.repeat(len(shown) // len(batch.clean), 1, 1, 1)
        opinions = self._opinion(critic, real, shown), self._opinion(critic, made, shown)
        loss = objectives.CRITIC[self.plan.adversarial](*opinions)
        if self.critic_adam is not None:
            _update(self.critic_adam, loss)
        return float(loss.detach())

    def _losses(self, batch: Batch, made: Tensor, latent: Tensor) -> dict[str, Tensor]:
        """Weighted losses of the generator by name; the same names in every step of a training."""
        plan, count = self.plan, len(batch.clean)
        zero = made.new_zeros(())
        copy = zero
        if plan.both:  # the clean picture's part comes second
            copy = objectives.global_l1(made[count:], batch.clean)
        weight = plan.autoencoder_pixel if self._copying else plan.pixel
        losses = {
            "pixel": weight * (objectives.global_l1(made[:count], batch.clean) + copy),
            "local": zero,
        }
        if not self._copying:
            area = batch.area, plan.local_distance
            losses["local"] = plan.local * objectives.local(made[:count], batch.clean, *area)
        if plan.latent:
            losses["latent"] = plan.latent * self._latent_loss(batch, latent)
        if self.critic is not None:
            opinion = self._opinion(self.critic, made, self._shown(batch))
            losses["adversarial"] = objectives.GENERATOR[plan.adversarial](opinion)
        return losses

    def _latent_loss(self, batch: Batch, latent: Tensor) -> Tensor:
        kind, count = self.plan.latent_distance, len(batch.clean)
        if self.plan.both:
            return objectives.distance(latent[:count], latent[count:], kind)
        if self.teacher is None:
            return latent.new_zeros(())
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            target = self.teacher.encode(batch.clean).latent.float()
        return objectives.distance(latent, target, kind)

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

    @torch.no_grad()
    def continue_from(self, generator: Generator) -> None:
        """Begin with a generator's plain weights: what the thesis calls retraining.

        Under spectral normalisation the function is the same only where every layer's norm was 1, as
        it is in weights that were trained so.
        """
        for mine, theirs in zip(self.generator.layers, generator.layers, strict=True):
            mine.weight = nn.Parameter(theirs.weight.clone(memory_format=torch.channels_last))
            mine.bias = nn.Parameter(theirs.bias.clone()) if theirs.bias is not None else None
        self._equip()

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the judged generator."""
        given = {"plan": asdict(self.plan), "damaged": self.validation.before}
        write_generator(path, self._judged(), {**about, **given})


def _critic(plan: Plan) -> Critic | None:
    if plan.critic == "none":
        return None
    channels = plan.channels * (2 if plan.adversarial == "cgan" else 1)
    spectral = plan.normalisation == "spectral"
    if plan.critic == "global":
        return GlobalCritic(channels, plan.crop, spectral)
    return PixelCritic(channels, spectral)


def _adam(network: nn.Module, rate: float, plan: Plan) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=plan.betas)


def _update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def task_from(plan: Plan, files: Sequence[Path], aside: Sequence[Path]) -> DefectTask:
    """A task on files to learn from and files to be judged by."""
    defects = Defects.of(plan.mode)
    many = replace(defects, number=(1, plan.defects)) if plan.mode == "dynamic" else defects
    samples = samples_from(files, many, plan.channels, plan.crop)
    held_out = samples_from(aside, defects, plan.channels, plan.crop)
    return DefectTask(plan, samples, Validation.of(held_out, JUDGED))
