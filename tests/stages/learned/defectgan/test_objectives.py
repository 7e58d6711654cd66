"""Losses against their formulas, and that each has a gradient that lowers it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.learned.defectgan import objectives


def drawn(seed: int, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


CLEAN = drawn(1, 2, 3, 6, 6)
AREA = drawn(2, 2, 3, 6, 6) > 0.7


def bce(logit: Tensor, target: float) -> Tensor:
    function = torch.nn.functional.binary_cross_entropy_with_logits
    return function(logit, torch.full_like(logit, target))


def test_local_is_the_mean_over_the_area() -> None:
    made = drawn(3, 2, 3, 6, 6)
    error = (made - CLEAN)[AREA].numpy()
    assert objectives.local(made, CLEAN, AREA, "l1").item() == pytest.approx(np.abs(error).mean())
    assert objectives.local(made, CLEAN, AREA, "l2").item() == pytest.approx((error**2).mean())
    assert objectives.local(made, CLEAN, torch.zeros_like(AREA), "l2").item() == 0


def test_global_and_latent_distances() -> None:
    made = drawn(3, 2, 3, 6, 6)
    error = (made - CLEAN).numpy()
    assert objectives.global_l1(made, CLEAN).item() == pytest.approx(np.abs(error).mean())
    assert objectives.distance(made, CLEAN, "l1").item() == pytest.approx(np.abs(error).mean())
    assert objectives.distance(made, CLEAN, "l2").item() == pytest.approx((error**2).mean())


def test_adversarial_losses() -> None:
    real, made = drawn(4, 2, 1, 5, 5) - 0.5, drawn(5, 2, 1, 5, 5) - 0.5
    assert objectives.wgan_critic(real, made).item() == pytest.approx(
        (made.mean() - real.mean()).item()
    )
    assert objectives.wgan_generator(made).item() == pytest.approx(-made.mean().item())
    expected = bce(real, 1.0) + bce(made, 0.0)
    assert objectives.cgan_critic(real, made).item() == pytest.approx(expected.item())
    assert objectives.cgan_generator(made).item() == pytest.approx(bce(made, 1.0).item())


LOSSES: dict[str, Callable[[Tensor], Tensor]] = {
    "global": lambda x: objectives.global_l1(x, CLEAN),
    "local_l1": lambda x: objectives.local(x, CLEAN, AREA, "l1"),
    "local_l2": lambda x: objectives.local(x, CLEAN, AREA, "l2"),
    "latent_l1": lambda x: objectives.distance(x, CLEAN, "l1"),
    "latent_l2": lambda x: objectives.distance(x, CLEAN, "l2"),
    "wgan_critic_real": lambda x: objectives.wgan_critic(x, CLEAN),
    "wgan_critic_made": lambda x: objectives.wgan_critic(CLEAN, x),
    "wgan_generator": objectives.wgan_generator,
    "cgan_critic_real": lambda x: objectives.cgan_critic(x, CLEAN),
    "cgan_critic_made": lambda x: objectives.cgan_critic(CLEAN, x),
    "cgan_generator": objectives.cgan_generator,
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients(name: str) -> None:
    loss, x = LOSSES[name], drawn(6, 2, 3, 6, 6).requires_grad_()
    assert torch.autograd.gradcheck(loss, (x,))
    (slope,) = torch.autograd.grad(loss(x), x)
    assert slope.abs().sum() > 0
    if name.startswith("local"):
        assert (slope[~AREA] == 0).all()
    assert loss(x - 1e-4 * slope) < loss(x)
