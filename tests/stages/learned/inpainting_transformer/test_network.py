"""The network: attention against a slow reference, variants, the paper's configuration."""

from __future__ import annotations

from dataclasses import replace
from math import erf

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stages.learned.inpainting_transformer.attention import FeatureAttention
from stages.learned.inpainting_transformer.network import (
    InpaintingTransformer,
    patches_of,
    windows_of,
)
from stages.learned.inpainting_transformer.shape import PAPER, SHIPPED, SMALL_PAPER, Shape

TINY = Shape(patch=2, window=3, channels=4, width=16, blocks=3, heads=2, expansion=2)


def dense(x: NDArray[np.float64], layer: torch.nn.Module) -> NDArray[np.float64]:
    return x @ layer.weight.detach().double().numpy().T + layer.bias.detach().double().numpy()


def gelu(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))


def slow_attention(x: NDArray[np.float64], layer: FeatureAttention) -> NDArray[np.float64]:
    """Feature attention of one sequence, head by head and token by token."""
    query, key = (dense(gelu(dense(x, p[0])), p[2]) for p in (layer.query, layer.key))
    value = dense(x, layer.value)
    width, narrow = value.shape[1] // layer.heads, query.shape[1] // layer.heads
    out = np.zeros_like(value)
    for head in range(layer.heads):
        q, k = (p[:, head * narrow : (head + 1) * narrow] for p in (query, key))
        v = value[:, head * width : (head + 1) * width]
        for i in range(len(x)):
            weight = np.exp(k @ q[i] / np.sqrt(narrow))
            out[i, head * width : (head + 1) * width] = weight @ v / weight.sum()
    return dense(out, layer.out)


@pytest.mark.parametrize(("width", "heads"), [(8, 1), (16, 2), (24, 4)])
def test_feature_attention_is_that_of_a_slow_reference(width: int, heads: int) -> None:
    torch.manual_seed(width)
    layer, x = FeatureAttention(width, heads), torch.randn(2, 9, width)
    with torch.no_grad():
        found = layer(x).numpy()
    for n in range(2):
        np.testing.assert_allclose(
            found[n], slow_attention(x[n].double().numpy(), layer), atol=1e-5
        )


def test_queries_and_keys_have_half_the_width() -> None:
    layer = FeatureAttention(64, 4)
    for part in (layer.query, layer.key):
        assert [m.out_features for m in part if hasattr(m, "out_features")] == [128, 32]
    assert layer.value.out_features == 64


def test_patches_and_windows_are_inverse() -> None:
    x = torch.arange(2 * 4 * 6 * 6.0).reshape(2, 4, 6, 6)
    patches = patches_of(x, 2)
    assert patches.shape == (2, 9, 16)
    np.testing.assert_array_equal(patches[1, 5].reshape(4, 2, 2), x[1, :, 2:4, 4:6])
    assert torch.equal(windows_of(patches, 2), x)


def run(shape: Shape, wanted: list[int], **change: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    network = InpaintingTransformer(shape)
    for name, value in network.named_parameters():  # told networks begin by adding nothing
        if name.startswith("patch"):
            torch.nn.init.normal_(value, generator=torch.Generator().manual_seed(1))
    values = torch.randn(2, shape.channels, shape.side, shape.side)
    known = torch.ones_like(values)
    inputs = {"values": values, "known": known, **change}
    with torch.no_grad():
        return network(inputs["values"], inputs["known"], torch.tensor([wanted] * 2))[0]


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("readout", ["mean", "own"])
def test_what_a_hidden_patch_holds_has_no_effect(skips: bool, readout: str) -> None:
    shape = replace(TINY, skips=skips, readout=readout)
    values = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(2))
    other = values.clone()
    other[:, :, 2:4, 2:4] = 100.0
    assert torch.equal(run(shape, [4], values=values), run(shape, [4], values=other))
    seen = values.clone()
    seen[:, :, 0, 0] += 1
    assert not torch.equal(run(shape, [4], values=values), run(shape, [4], values=seen))


def test_skips_change_what_is_computed_and_no_parameter() -> None:
    plain, long = TINY, replace(TINY, skips=True)
    sizes = [sum(p.numel() for p in InpaintingTransformer(s).parameters()) for s in (plain, long)]
    assert sizes[0] == sizes[1]
    assert not torch.equal(run(plain, [4]), run(long, [4]))


def test_global_positions_tell_windows_apart_and_local_ones_do_not() -> None:
    torch.manual_seed(0)
    shape = replace(TINY, grid_rows=5, grid_cols=6)
    network = InpaintingTransformer(shape)
    assert network.position.shape == (30, 16)
    x = torch.randn(1, 4, 6, 6)
    rows, cols = torch.arange(3)[:, None], torch.arange(3)
    found = [
        network(x, torch.ones_like(x), torch.tensor([[4]]), ((top + rows) * 6 + cols).reshape(1, 9))
        for top in (0, 2)
    ]
    assert not torch.allclose(found[0][0], found[1][0])


def test_several_patches_are_hidden_and_read_at_once() -> None:
    shape = replace(TINY, readout="own", told=True)
    assert run(shape, [0, 4, 8]).shape == (2, 3, 16)
    together, alone = run(shape, [0, 4]), run(shape, [4])
    torch.testing.assert_close(together[:, 1:], alone)  # what is hidden is in the mask alone


def test_the_papers_configuration_has_its_size_and_learns_everywhere() -> None:
    torch.manual_seed(0)
    network = InpaintingTransformer(PAPER)
    width, pixels = 512, 16 * 16 * 3
    attention = 2 * (width * 1024 + 1024 + 1024 * 256 + 256) + 2 * (width**2 + width)
    block = attention + (width * 2048 + 2048 + 2048 * width + width) + 4 * width
    rest = (pixels * width + width) + width + 49 * width + 2 * width + (width * pixels + pixels)
    assert sum(p.numel() for p in network.parameters()) == 13 * block + rest == 55_446_784
    x = torch.rand(1, 3, PAPER.side, PAPER.side)
    patch, spread = network(x, torch.ones_like(x), torch.tensor([[24]]))
    assert patch.shape == (1, 1, pixels)
    assert spread is None
    patch.square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert float(parameter.grad.abs().sum()) > 0, name


def test_the_forms_differ_as_said() -> None:
    assert (SMALL_PAPER.readout, SMALL_PAPER.told, SMALL_PAPER.levelled) == ("mean", False, False)
    assert (SHIPPED.readout, SHIPPED.told, SHIPPED.levelled) == ("own", True, True)
    assert SMALL_PAPER.side == SHIPPED.side == 28


@pytest.mark.parametrize(
    "change", [{"heads": 3}, {"told": True, "readout": "mean"}, {"width": 18, "heads": 4}]
)
def test_shapes_that_make_no_sense_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"heads|own vector"):
        replace(TINY, **change)  # type: ignore[arg-type]
