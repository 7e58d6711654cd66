"""The training of families of shapes by the recipe of the paper: few shapes, many copies.

Copies are all alike, and yet no two steps are: the latent vector is drawn anew for each.
Reference: G. Malyshev et al., *Using a variational autoencoder in the task of overlaying multiple
images*, GraphiCon 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.learned.shape_vae.family import Family
from stages.learned.shape_vae.loss import divergence, reconstruction
from stages.learned.shape_vae.network import ShapeVae
from stages.learned.shape_vae.weights import save_families
from stages.learned.training.optimisers import optimiser_tensors, part, restore_optimiser


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    latent : int
        Dimension of the latent space.
    seed : int
        Of weights, order and latent vectors.
    copies : int
        Of each mask in an epoch.
    batch : int
        Masks of one family in a step.
    learning_rate : float
        Of RMSprop, whose other settings are those of Keras.
    """

    latent: int = 2
    seed: int = 0
    copies: int = 500
    batch: int = 10
    learning_rate: float = 2e-3


class ShapesTask:
    """Networks side by side, each with shapes of its own; a `training.loop.Task`.

    Parameters
    ----------
    plan : Plan
        How to train.
    masks : float32 array (F, S, SIDE, SIDE)
        The shapes of each family.
    about : dict
        Written into the weights file.
    """

    def __init__(
        self, plan: Plan, masks: NDArray[np.float32], about: dict[str, object] | None = None
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.masks = [torch.from_numpy(np.ascontiguousarray(family))[:, None] for family in masks]
        self.about = about or {}
        self.networks = [ShapeVae(plan.latent) for _ in masks]
        self.optimisers = [
            torch.optim.RMSprop(n.parameters(), lr=plan.learning_rate, alpha=0.9, eps=1e-7)
            for n in self.networks
        ]

    @property
    def samples_per_step(self) -> int:
        """Masks of a step."""
        return self.plan.batch * len(self.networks)

    def step(self, number: int, fraction: float) -> dict[str, float]:
        """One step of every network."""
        losses = [self._step(number, member) for member in range(len(self.networks))]
        error, apart = np.mean(losses, axis=0)
        return {"reconstruction": float(error), "divergence": float(apart)}

    def _step(self, number: int, member: int) -> tuple[float, float]:
        network, shapes = self.networks[member], self.masks[member]
        chosen = self._order(number, member, len(shapes))
        chance = torch.Generator().manual_seed(_seed(self.plan.seed, member, number))
        mean, log_variance = (part[chosen] for part in network.encode(shapes))
        noise = torch.randn(mean.shape, generator=chance)
        logits = network.logits(mean + torch.exp(0.5 * log_variance) * noise)
        error, apart = reconstruction(logits, shapes[chosen]), divergence(mean, log_variance)
        self.optimisers[member].zero_grad()
        (error + apart).backward()  # type: ignore[no-untyped-call]
        self.optimisers[member].step()
        return float(error.detach()), float(apart.detach())

    def _order(self, number: int, member: int, shapes: int) -> Tensor:
        """Shapes of a step: its part of all copies in the order of its epoch."""
        batch = self.plan.batch
        steps = max(1, self.plan.copies * shapes // batch)
        epoch, at = divmod(number, steps)
        chance = torch.Generator().manual_seed(_seed(self.plan.seed, member, -1 - epoch))
        order = torch.randperm(self.plan.copies * shapes, generator=chance)
        return order[at * batch : (at + 1) * batch] % shapes

    def judge(self) -> dict[str, float]:
        """How well each mask comes back from its cluster's mean; the score is minus that loss."""
        with torch.inference_mode():
            losses = [
                float(reconstruction(n.logits(n.encode(m)[0]), m))
                for n, m in zip(self.networks, self.masks, strict=True)
            ]
        return {"score": -float(np.mean(losses))}

    def families(self) -> list[Family]:
        """The networks with their shapes."""
        return [
            Family(network, masks[:, 0].numpy())
            for network, masks in zip(self.networks, self.masks, strict=True)
        ]

    def state(self) -> dict[str, Tensor]:
        """Weights and what the optimisers remember."""
        tensors: dict[str, Tensor] = {}
        for k, (network, optimiser) in enumerate(zip(self.networks, self.optimisers, strict=True)):
            tensors |= {f"network{k}.{name}": v for name, v in network.state_dict().items()}
            tensors |= optimiser_tensors(f"rmsprop{k}", optimiser)
        return tensors

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        for k, (network, optimiser) in enumerate(zip(self.networks, self.optimisers, strict=True)):
            network.load_state_dict(part(state, f"network{k}."))
            restore_optimiser(f"rmsprop{k}", optimiser, state)

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write networks and shapes."""
        save_families(path, self.families(), {**self.about, **about})


def _seed(*parts: int) -> int:
    """One number from several; negative ones apart from the others."""
    words = [word for part in parts for word in (abs(part), int(part < 0))]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)
