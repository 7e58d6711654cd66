"""Layers that halve and double, against PyTorch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from stages.learned.tied.layers import Block, Doubling, Folding, Packing, Unfolding, active


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (5, 2), (6, 7)])
def test_doubling_is_a_transposed_convolution(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layer = Doubling(6, 5)
    nn.init.normal_(layer.bias)
    x = torch.randn(3, 6, *shape, requires_grad=True)
    wanted = functional.conv_transpose2d(
        x, layer.weight, layer.bias, stride=2, padding=1, output_padding=1
    )
    wanted = wanted[:, :, :-2, :-2]  # those have zeros behind them
    got = layer(x)
    torch.testing.assert_close(got, wanted)
    toward = torch.randn_like(wanted)
    parts = (x, layer.weight, layer.bias)
    for one, other in zip(
        torch.autograd.grad(got, parts, toward),
        torch.autograd.grad(wanted, parts, toward),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kernel", [1, 3])
def test_packing_is_a_convolution_of_what_pytorch_packs(kernel: int) -> None:
    torch.manual_seed(0)
    layer, x = Packing(12, 5, kernel, padding=kernel // 2), torch.randn(2, 3, 6, 8)
    packed = functional.pixel_unshuffle(x, 2)
    wanted = functional.conv2d(packed, layer.weight, layer.bias, padding=kernel // 2)
    torch.testing.assert_close(layer(x), wanted)


def test_folding_and_unfolding_keep_places() -> None:
    fold, unfold = Folding(2, 8), Unfolding(8, 2)
    with torch.no_grad():
        for layer in (fold, unfold):
            layer.weight.copy_(torch.eye(8)[:, :, None, None])
            layer.bias.zero_()
    x = torch.randn(3, 2, 6, 8)
    torch.testing.assert_close(unfold(fold(x)), x)


def test_unfolding_is_pytorchs_convolution_and_shuffle() -> None:
    torch.manual_seed(0)
    layer, x = Unfolding(6, 5), torch.randn(2, 6, 3, 4)
    wanted = functional.pixel_shuffle(functional.conv2d(x, layer.weight, layer.bias), 2)
    torch.testing.assert_close(layer(x), wanted)


def test_a_block_begins_near_the_identity() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 16, 6, 6)
    assert 0 < float((Block(16)(x) - x).detach().std()) < 0.1 * float(x.std())


def test_what_is_negative_still_learns() -> None:
    x = torch.tensor([-3.0, -0.5, 0.0, 2.0], requires_grad=True)
    y = active(x.clone())
    torch.testing.assert_close(y, torch.tensor([-0.3, -0.05, 0.0, 2.0]))
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert (slope > 0).all()
