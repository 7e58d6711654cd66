"""The training of the inpainting transformer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stages.learned.inpainting_transformer.calibration import Calibration
from stages.learned.inpainting_transformer.codes import encode
from stages.learned.inpainting_transformer.loss import inpainting_loss
from stages.learned.inpainting_transformer.network import (
    InpaintingTransformer,
    patches_of,
    windows_of,
)
from stages.learned.inpainting_transformer.sampling import Batch, draw
from stages.learned.inpainting_transformer.shape import SHIPPED, Shape
from stages.learned.inpainting_transformer.validation import Validation
from stages.learned.inpainting_transformer.weights import save_weights
from stages.learned.training.average import Average
from stages.learned.training.optimisers import optimiser_tensors, part, restore_optimiser
from stages.learned.training.pictures import Pictures

SURPRISE_SHARE = 0.005
"""Weight of the spread's loss: it has parameters of its own, so only its step size depends on it."""


@dataclass(frozen=True)
class Plan:
    """What to train and how.

    Parameters
    ----------
    shape : Shape
        Of the network.
    seed : int
        Of the weights and of every window.
    windows : int
        Windows of a step.
    learning_rate : float
        Of Adam at its height; it follows a cosine down to a hundredth.
    warm_up : int
        Steps over which the learning rate rises.
    average : float
        Decay of the moving average of the weights, per step.
    """

    shape: Shape = SHIPPED
    seed: int = 0
    windows: int = 16
    learning_rate: float = 1.5e-3
    warm_up: int = 100
    average: float = 0.998


class InpaintingTask:
    """The network, its optimiser and the average that is shipped; a `training.loop.Task`.

    Parameters
    ----------
    plan : Plan
        What to train.
    pictures : Pictures
        To cut windows from.
    validation : Validation
        Held-out windows that the best weights are chosen by.
    calibration : Calibration
        Held-out frames that the thresholds for detection come from.
    about : dict
        Written into the weights file.
    """

    def __init__(
        self,
        plan: Plan,
        pictures: Pictures,
        validation: Validation,
        calibration: Calibration,
        about: dict[str, object] | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.pictures = pictures
        self.validation = validation
        self.calibration = calibration
        self.about = about or {}
        self.network = InpaintingTransformer(plan.shape).train()
        self.average = Average(self.network, plan.average)
        self.adam = torch.optim.Adam(
            self.network.parameters(), lr=plan.learning_rate, betas=(0.9, 0.99)
        )

    @property
    def samples_per_step(self) -> int:
        """Windows of a step."""
        return self.plan.windows

    def step(self, number: int, fraction: float) -> dict[str, float]:
        """Draw windows and take one step at the rate that the schedule asks for."""
        plan = self.plan
        rate = plan.learning_rate * min(1.0, (number + 1) / plan.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * fraction)) + 0.01
        for group in self.adam.param_groups:
            group["lr"] = rate
        rng = np.random.default_rng((plan.seed, number))
        loss, surprise = self._losses(draw(self.pictures, rng, plan.windows, plan.shape))
        self.adam.zero_grad()
        (loss + SURPRISE_SHARE * surprise).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.adam.step()
        self.average.follow(self.network, number + 1)
        return {"loss": float(loss.detach()), "surprise": float(surprise.detach())}

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        shape = self.plan.shape
        coded = encode(batch.levels, batch.known, shape.levelled)
        with torch.autocast("cpu", torch.bfloat16):
            found, log_spread = self.network(coded.values, batch.known, batch.wanted)
        found, target = found.float(), coded.code(batch.target)
        if log_spread is None:
            truth = _chosen(target, batch.wanted, shape.patch)
            patch, truth = (coded.shown(windows_of(p, shape.patch)) for p in (found, truth))
            return inpainting_loss(patch, truth, torch.ones_like(truth)), found.new_zeros(())
        residual = windows_of(found, shape.patch)
        predicted = torch.where(batch.judged > 0, coded.values + residual, target)
        loss = inpainting_loss(coded.shown(predicted), coded.shown(target), batch.judged)
        spread = windows_of(log_spread.float(), shape.patch)
        return loss, _surprise((predicted - target).detach().abs(), spread, batch.judged)

    def averaged(self) -> InpaintingTransformer:
        """The network with the moving average of its weights."""
        network = InpaintingTransformer(self.plan.shape)
        network.load_state_dict(self.average.values)
        return network.eval()

    def judge(self) -> dict[str, float]:
        """Encoded PSNR per family, dB; the score is the mean lead over the plain fill."""
        return self.validation.judged(self.averaged())

    def state(self) -> dict[str, Tensor]:
        """Weights, their average, and what Adam remembers."""
        return {
            **{f"network.{k}": v for k, v in self.network.state_dict().items()},
            **{f"average.{k}": v for k, v in self.average.values.items()},
            **optimiser_tensors("adam", self.adam),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        self.network.load_state_dict(part(state, "network."))
        self.average.restore(part(state, "average."))
        restore_optimiser("adam", self.adam, state)

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the average, with the thresholds that belong to it."""
        network = self.averaged()
        found = self.calibration.about(network)
        save_weights(path, network, {**self.about, **about, **found})


def _chosen(windows: Tensor, wanted: Tensor, patch: int) -> Tensor:
    patches = patches_of(windows, patch)
    return patches.gather(1, wanted[..., None].expand(-1, -1, patches.shape[-1]))


def _surprise(error: Tensor, log_spread: Tensor, judged: Tensor) -> Tensor:
    """Mean negative log-likelihood of the errors under a Laplace law of the predicted spread."""
    surprise = error * torch.exp(-log_spread) + log_spread
    return (surprise * judged).sum() / judged.sum().clamp(min=1)
