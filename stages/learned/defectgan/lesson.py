"""What a generator and its critic make of a batch, and the losses of it, for each of the four ways.

Reference: A. G. Vestengen's thesis, algorithms 1 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from stages.learned.defectgan import objectives
from stages.learned.defectgan.critic import GlobalCritic, PixelCritic
from stages.learned.defectgan.dataset import Batch
from stages.learned.defectgan.network import Generator
from stages.learned.defectgan.plan import Plan

AnyCritic = PixelCritic | GlobalCritic


@dataclass(frozen=True, eq=False)
class Made:
    """A batch and what the generator made of it.

    Parameters
    ----------
    batch : Batch
        N samples.
    shown : tensor
        What the generator saw: N pictures, or N damaged and then the N clean ones.
    pictures, latent : tensors
        What it returned for them, and its latent features; float32.
    """

    batch: Batch
    shown: Tensor
    pictures: Tensor
    latent: Tensor


def make(plan: Plan, generator: Generator, batch: Batch, *, copying: bool) -> Made:
    """Show a batch to the generator; an autoencoder (``copying``) sees clean pictures only."""
    if copying:
        shown = batch.clean
    else:
        shown = torch.cat([batch.damaged, batch.clean]) if plan.both else batch.damaged
    with torch.autocast("cpu", torch.bfloat16):
        features = generator.encode(shown)
        pictures = generator.decode(features)
    return Made(batch, shown, pictures.float(), features.latent.float())


def opinion(plan: Plan, critic: AnyCritic, pictures: Tensor, shown: Tensor) -> Tensor:
    """What the critic says of pictures; a classifier is shown the generator's input too."""
    if plan.adversarial == "cgan":
        pictures = torch.cat([pictures, shown], dim=1)
    with torch.autocast("cpu", torch.bfloat16):
        return cast(Tensor, critic(pictures)).float()


def critic_loss(plan: Plan, critic: AnyCritic, made: Made) -> Tensor:
    """The critic's loss on a batch; what was made is taken as given."""
    real = made.batch.clean.repeat(len(made.shown) // len(made.batch.clean), 1, 1, 1)
    of_real = opinion(plan, critic, real, made.shown)
    of_made = opinion(plan, critic, made.pictures.detach(), made.shown)
    return objectives.CRITIC[plan.adversarial](of_real, of_made)


def generator_losses(
    plan: Plan, made: Made, critic: AnyCritic | None, teacher: Generator | None
) -> dict[str, Tensor]:
    """Weighted losses by name; the names are the same all through a training.

    Parameters
    ----------
    plan : Plan
        Weights and distances.
    made : Made
        With its graph.
    critic : critic, optional
        Without it there is no adversarial loss.
    teacher : Generator, optional
        The frozen autoencoder; a latent inpainter without it is that autoencoder, still learning.
    """
    batch, count = made.batch, len(made.batch.clean)
    copying = plan.way == "latent_inpainter" and teacher is None
    repaired = made.pictures[:count]
    pixel = objectives.global_l1(repaired, batch.clean)
    if plan.both:
        pixel = pixel + objectives.global_l1(made.pictures[count:], batch.clean)
    local = objectives.local(repaired, batch.clean, batch.area, plan.local_distance)
    losses = {
        "pixel": (plan.autoencoder_pixel if copying else plan.pixel) * pixel,
        "local": (0.0 if copying else plan.local) * local,
    }
    if plan.latent:
        losses["latent"] = plan.latent * _latent_loss(plan, made, teacher)
    if critic is not None:
        said = opinion(plan, critic, made.pictures, made.shown)
        losses["adversarial"] = objectives.GENERATOR[plan.adversarial](said)
    return losses


def _latent_loss(plan: Plan, made: Made, teacher: Generator | None) -> Tensor:
    count = len(made.batch.clean)
    if plan.both:
        return objectives.distance(made.latent[:count], made.latent[count:], plan.latent_distance)
    if teacher is None:
        return made.latent.new_zeros(())
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        target = teacher.encode(made.batch.clean).latent.float()
    return objectives.distance(made.latent, target, plan.latent_distance)
