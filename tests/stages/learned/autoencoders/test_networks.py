"""The networks: sizes, the memory against a slow reference, unpooling, flat pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stages.learned.autoencoders.ae import Ae
from stages.learned.autoencoders.cae import Cae, pooled, unpooled
from stages.learned.autoencoders.memae import MemAe
from stages.learned.autoencoders.memory import Memory, entropy, shrunk
from stages.learned.autoencoders.reconstructor import NETWORKS, SURROUNDINGS, Reconstructor
from stages.learned.autoencoders.sizes import STEP, AeSize, MemAeSize


def weights_of(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def convolution_weights(*layers: tuple[int, int, int]) -> int:
    return sum(before * after * side * side for before, after, side in layers)


def test_the_paper_has_1_32_million_weights_at_three_channels() -> None:
    count = weights_of(Ae(AeSize(3)))
    layers = ((3, 64, 4), (64, 128, 4), (128, 256, 4))
    normalised = 64 + 128 + 256 + 128 + 64
    assert count == 2 * convolution_weights(*layers) + 2 * normalised
    assert round(count / 1e6, 2) == 1.32


def test_the_memory_adds_its_patterns_and_nothing_else() -> None:
    plain = weights_of(Ae(AeSize(4)))
    assert weights_of(MemAe(MemAeSize(4, 100))) == plain + 100 * 256


def test_the_pooling_network_has_the_layers_of_its_table() -> None:
    layers = ((3, 64, 5), (64, 32, 3), (32, 16, 3))
    biases = 64 + 32 + 16 + 32 + 64 + 3
    assert weights_of(Cae(AeSize(3))) == 2 * convolution_weights(*layers) + biases


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("channels", [3, 4])
def test_networks_give_back_the_shape(name: str, channels: int) -> None:
    kind = NETWORKS[name]
    network = kind(kind.size_type.checked({**vars(kind.size_type()), "channels": channels}))  # type: ignore[arg-type]
    picture = torch.rand(2, channels, 24, 16)
    assert network(picture).shape == picture.shape
    losses = network.losses(picture, picture)
    assert set(losses) == ({"l2", "entropy"} if name == "memae" else {"l2"})
    torch.stack(list(losses.values())).sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in network.parameters())


def slow_read(
    z: NDArray[np.float64], patterns: NDArray[np.float64], threshold: float, sharp: float
):
    """One latent vector through the memory, as the formulas stand in the paper."""
    cosines = [np.dot(z, m) / (np.linalg.norm(z) * np.linalg.norm(m)) for m in patterns]
    powers = np.exp(sharp * np.array(cosines))
    weights = powers / powers.sum()
    kept = np.array([w if w > threshold else 0.0 for w in weights])
    kept = kept / kept.sum() if kept.sum() > 0 else weights
    read = sum(w * m for w, m in zip(kept, patterns, strict=True))
    return read, -sum(w * np.log(w) for w in kept if w > 0)


@pytest.mark.parametrize(("shrink", "sharpness"), [(0.0, 1.0), (1.0, 1.0), (2.0, 16.0)])
def test_memory_reads_as_the_paper_says(shrink: float, sharpness: float) -> None:
    torch.manual_seed(3)
    memory = Memory(30, 12, shrink, sharpness)
    z = torch.rand(2, 12, 3, 2)
    out, disorder = memory(z)
    patterns = memory.patterns.detach().double().numpy()
    entropies = []
    for n in range(2):
        for i in range(3):
            for j in range(2):
                vector = z[n, :, i, j].double().numpy()
                read, h = slow_read(vector, patterns, shrink / 30, sharpness)
                np.testing.assert_allclose(out[n, :, i, j].detach().numpy(), read, atol=2e-6)
                entropies.append(h)
    assert float(disorder.detach()) == pytest.approx(np.mean(entropies), rel=1e-4)


def test_what_is_read_is_made_of_patterns_whatever_goes_in() -> None:
    """A latent vector's length says nothing: only its direction picks patterns."""
    torch.manual_seed(1)
    memory = Memory(20, 8, 1.0, 8.0)
    z = torch.rand(1, 8, 2, 2)
    torch.testing.assert_close(memory(z)[0], memory(100 * z)[0])
    assert bool((memory(z)[0].abs() <= memory.patterns.abs().max()).all())


@given(
    st.lists(st.floats(0.001, 1.0), min_size=2, max_size=20),
    st.floats(0.0, 0.5),
)
@settings(max_examples=60, deadline=None)
def test_shrinkage_drops_the_small_and_keeps_the_sum(values: list[float], threshold: float) -> None:
    weights = torch.tensor(values, dtype=torch.float64)
    weights = weights / weights.sum()
    out = shrunk(weights, threshold)
    assert float(out.sum()) == pytest.approx(1.0)
    above = weights > threshold
    if above.any():
        assert bool((out[~above] == 0).all())
        torch.testing.assert_close(out[above], weights[above] / weights[above].sum())
    else:
        torch.testing.assert_close(out, weights)


def test_entropy_and_its_gradient() -> None:
    uniform = torch.full((3, 8), 1 / 8, dtype=torch.float64)
    assert float(entropy(uniform)) == pytest.approx(np.log(8))
    assert float(entropy(torch.eye(4, dtype=torch.float64))) == pytest.approx(0.0, abs=1e-9)
    torch.manual_seed(0)
    logits = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: entropy(torch.softmax(x, -1)), logits)
    assert torch.autograd.gradcheck(lambda x: shrunk(torch.softmax(x, -1), 0.12), logits)


def test_the_memory_itself_learns() -> None:
    torch.manual_seed(0)
    memory = Memory(16, 6, 1.0, 4.0)
    target = torch.rand(1, 6, 4, 4)
    optimiser = torch.optim.Adam(memory.parameters(), 0.02)
    first = None
    for _ in range(60):
        loss = ((memory(target)[0] - target) ** 2).mean()
        first = loss.detach() if first is None else first
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert first is not None and bool(loss < 0.5 * first)


def test_unpooling_puts_maxima_back_where_they_were() -> None:
    torch.manual_seed(2)
    x = torch.rand(2, 3, 8, 6)
    values, where = pooled(x)
    back = unpooled(values, where).numpy()
    for n, c, i, j in np.ndindex(2, 3, 4, 3):
        block = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].numpy()
        expected = np.where(block == block.max(), block, 0)
        np.testing.assert_array_equal(back[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2], expected)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_flat_picture_is_reconstructed_as_it_is(name: str) -> None:
    torch.manual_seed(0)
    kind = NETWORKS[name]
    reconstructor = Reconstructor(kind(kind.size_type()))  # type: ignore[arg-type]
    reconstructor.settle()
    flat = torch.tensor([0.3, 0.5, 0.55, 0.8])[None, :, None, None].expand(1, 4, 144, 136)
    out = reconstructor.eval()(flat)
    inner = slice(SURROUNDINGS, -SURROUNDINGS)
    torch.testing.assert_close(out[:, :, inner, inner], flat[:, :, inner, inner], atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_nothing_beyond_the_surroundings_matters(name: str) -> None:
    torch.manual_seed(0)
    kind = NETWORKS[name]
    reconstructor = Reconstructor(kind(kind.size_type())).eval()  # type: ignore[arg-type]
    side = 2 * SURROUNDINGS + STEP
    picture = torch.rand(1, 4, side, side)
    other = torch.rand(1, 4, side + 2 * STEP, side + 2 * STEP)
    other[:, :, STEP:-STEP, STEP:-STEP] = picture
    inner = slice(SURROUNDINGS, SURROUNDINGS + STEP)
    wider = slice(SURROUNDINGS + STEP, SURROUNDINGS + 2 * STEP)
    with torch.no_grad():
        torch.testing.assert_close(
            reconstructor(picture)[:, :, inner, inner],
            reconstructor(other)[:, :, wider, wider],
            atol=1e-5,
            rtol=0,
        )


@pytest.mark.parametrize(
    "values",
    [None, {}, {"channels": 0}, {"channels": 4.0}, {"channels": 10**6}, {"channels": 4, "x": 1}],
)
def test_sizes_are_checked(values: object) -> None:
    with pytest.raises(ValueError, match="channels"):
        AeSize.checked(values)
