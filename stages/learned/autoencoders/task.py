"""What the trainers of the autoencoders run: reconstruct undamaged patches, noise taken off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stages.learned.autoencoders.patches import LEAST_PX, WIDEST, Batch, draw
from stages.learned.autoencoders.reconstructor import NETWORKS, Autoencoder, Reconstructor
from stages.learned.autoencoders.weights import save_network
from stages.learned.training.average import Average
from stages.learned.training.optimisers import optimiser_tensors, part, restore_optimiser
from stages.learned.training.pictures import Pictures, load_pictures

JUDGED = 48
"""Held-out patches that weights are chosen by."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    learning_rate : float
        At its height; it follows a cosine down to a hundredth.
    weight_decay : float
        Of AdamW.
    batch, side : int
        Patches of a step and their side in packed pixels.
    warm_up : int
        Steps over which the learning rate rises.
    average : float
        Decay of the moving average of the weights, per step.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    batch: int = 4
    side: int = 32
    warm_up: int = 50
    average: float = 0.99


RECIPES = {
    "ae": Recipe(),
    "memae": Recipe(),
    "cae": Recipe(learning_rate=3e-3, weight_decay=5e-4),
}


class ReconstructionTask:
    """One training, for `stages.learned.training.loop.run`.

    Parameters
    ----------
    name : str
        Key of `NETWORKS` and `RECIPES`.
    network : Ae, MemAe or Cae
        To be trained.
    pictures, held_out : Pictures
        To learn from and to judge by.
    seed : int
        Of every patch.
    """

    def __init__(
        self,
        name: str,
        network: Autoencoder,
        pictures: Pictures,
        held_out: Pictures,
        seed: int,
    ) -> None:
        self.name, self.seed = name, seed
        self.recipe = RECIPES[name]
        self.pictures = pictures
        self.judged = draw(held_out, np.random.default_rng(12345), JUDGED, WIDEST, augment=False)
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.reconstructor = Reconstructor(network)
        self.average = Average(network, self.recipe.average)
        self.adam = torch.optim.AdamW(
            network.parameters(), betas=(0.9, 0.99), weight_decay=self.recipe.weight_decay
        )

    @staticmethod
    def of(
        name: str, files: Sequence[Path], held_out: Sequence[Path], seed: int
    ) -> ReconstructionTask:
        """A task on image files, its network initialised from the seed."""
        torch.manual_seed(seed)
        kind = NETWORKS[name]
        network = kind(kind.size_type())  # type: ignore[arg-type]
        pictures, aside = (load_pictures(paths, LEAST_PX) for paths in (files, held_out))
        return ReconstructionTask(name, network, pictures, aside, seed)

    @property
    def samples_per_step(self) -> int:
        """Patches of one step."""
        return self.recipe.batch

    def step(self, number: int, fraction: float) -> dict[str, float]:
        """One update of AdamW on patches that follow from the seed and the step's number."""
        recipe = self.recipe
        rate = recipe.learning_rate * min(1.0, (number + 1) / recipe.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * fraction)) + 0.01
        for group in self.adam.param_groups:
            group["lr"] = rate
        batch = draw(
            self.pictures, np.random.default_rng([self.seed, number]), recipe.batch, recipe.side
        )
        losses = self._losses(batch)
        self.adam.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        self.adam.step()
        self.average.follow(self.network, number + 1)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16):
            seen = batch.seen.contiguous(memory_format=torch.channels_last)
            return self.reconstructor.losses(seen, batch.clean)

    def averaged(self) -> Reconstructor:
        """The averaged network, settled, in evaluation mode."""
        kind = NETWORKS[self.name]
        network = kind(self.network.size)  # type: ignore[arg-type]
        network.load_state_dict(self.average.values)
        reconstructor = Reconstructor(network)
        reconstructor.settle()
        return reconstructor.eval()

    @torch.inference_mode()
    def judge(self) -> dict[str, float]:
        """PSNR in dB of reconstructed sRGB codes of held-out patches, input with some noise."""
        reconstructor = self.averaged()
        parts = zip(
            torch.split(self.judged.seen, 16), torch.split(self.judged.clean, 16), strict=True
        )
        errors = [((reconstructor(seen) - clean) ** 2).mean((1, 2, 3)) for seen, clean in parts]
        error = torch.cat(errors)
        return {
            "score": -10 * math.log10(float(error.mean())),
            "median_db": -10 * math.log10(float(error.median())),
        }

    def state(self) -> dict[str, Tensor]:
        """Network, average and optimiser."""
        return {
            **{f"network.{k}": v for k, v in self.network.state_dict().items()},
            **{f"average.{k}": v for k, v in self.average.values.items()},
            **optimiser_tensors("adam", self.adam),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`."""
        self.network.load_state_dict(part(state, "network."))
        self.average.restore(part(state, "average."))
        restore_optimiser("adam", self.adam, state)

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the averaged weights."""
        about = {"seed": self.seed, "pictures": len(self.pictures.offset), **about}
        save_network(path, self.name, self.network, self.average.values, about)
