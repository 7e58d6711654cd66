"""The generator and the critics: shapes, size, skips, normalisation and the start as a copy."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils import parametrize

from stages.learned.defectgan import network as network_module
from stages.learned.defectgan.critic import GlobalCritic, PixelCritic, settle
from stages.learned.defectgan.folding import folded
from stages.learned.defectgan.network import MULTIPLE, Features, Generator
from stages.learned.defectgan.start import start_as_copy

STATED = 5.78e6


def picture(channels: int, rows: int = 32, cols: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.rand(2, channels, rows, cols, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("rows", "cols"), [(16, 16), (32, 48), (80, 16)])
def test_shapes(channels: int, rows: int, cols: int) -> None:
    network = Generator(channels).eval()
    x = picture(channels, rows, cols)
    with torch.no_grad():
        features = network.encode(x)
        assert network(x).shape == x.shape
    assert features.latent.shape == (2, 512, rows // MULTIPLE, cols // MULTIPLE)
    assert [skip.shape[1] for skip in features.skips] == [64, 128, 256]
    assert [skip.shape[2] for skip in features.skips] == [rows // 2, rows // 4, rows // 8]


def test_it_has_the_size_that_the_thesis_states() -> None:
    count = sum(parameter.numel() for parameter in Generator(3).parameters())
    assert abs(count - STATED) < 0.03 * STATED
    assert round(count / 1e4) == round(STATED / 1e4)
    assert len(Generator(3).layers) == 9


def test_skips_are_added_after_the_activation() -> None:
    network = Generator(3, output="none").eval()
    with torch.no_grad():
        features = network.encode(picture(3))
        zeros = [torch.zeros_like(skip) for skip in features.skips]
        for index in (0, 1):  # with all layers above at zero, a skip alone reaches the output
            network.decoder[index].weight.zero_()
        network.decoder[2].weight.zero_()
        only = Features(features.latent, (features.skips[0], zeros[1], zeros[2]))
        expected = network.decoder[3](features.skips[0])
        torch.testing.assert_close(network.decode(only), expected)


@pytest.mark.parametrize("output", ["relu", "tanh", "none"])
def test_output_activations(output: str) -> None:
    network = Generator(3, output=output).eval()  # type: ignore[arg-type]
    with torch.no_grad():
        network.layers[-1].weight.mul_(30)
        y = network(picture(3))
    assert (y.min() < 0) == (output == "none")
    assert (y.max() <= 1) == (output == "tanh")


@pytest.mark.parametrize("normalisation", ["spectral", "batch", "none"])
def test_folded_weights_are_the_same_function(normalisation: str) -> None:
    torch.manual_seed(1)
    network = Generator(3, normalisation=normalisation, dropout=0.3)  # type: ignore[arg-type]
    for _ in range(3):  # moves the estimates and the running means
        network.train()(picture(3))
    before = {k: v.clone() for k, v in network.state_dict().items()}
    plain = folded(network)
    assert network.training
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    assert not any(parametrize.is_parametrized(one) for one in plain.modules())
    with torch.no_grad():
        torch.testing.assert_close(plain(picture(3)), network.eval()(picture(3)))


def test_spectral_norms_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "WIDTHS", (16, 8, 8, 16))
    network = Generator(3, normalisation="spectral").train()
    for _ in range(30):
        network(picture(3))
    for layer in folded(network).layers:
        upward = isinstance(layer, torch.nn.ConvTranspose2d)
        matrix = layer.weight.transpose(0, 1) if upward else layer.weight
        assert torch.linalg.matrix_norm(matrix.flatten(1), 2).item() == pytest.approx(1, rel=0.08)


@pytest.mark.parametrize("channels", [3, 4])
def test_the_start_as_a_copy_is_nearly_one(channels: int) -> None:
    torch.manual_seed(0)
    network = Generator(channels).eval()
    start_as_copy(network)
    x = picture(channels, 64, 64)
    with torch.no_grad():
        assert (network(x) - x).abs().mean() < 0.05
        network.layers[
            -3
        ].weight.zero_()  # with nothing from below: exactly one, but for small maps
        network.layers[-2].weight.zero_()
        network.layers[-1].weight[4 * channels :] = 0
        torch.testing.assert_close(network(x), x)


def test_a_pixel_critic_sees_one_pixel() -> None:
    critic = PixelCritic(4).eval()
    x = picture(4)
    changed = x.clone()
    changed[:, :, 5, 9] += 0.5
    with torch.no_grad():
        difference = (critic(x) - critic(changed)).abs()[:, 0]
    assert critic(x).shape == (2, 1, 32, 32)
    assert (difference[:, 5, 9] > 0).all()
    assert difference.sum() == pytest.approx(difference[:, 5, 9].sum().item())


def test_a_global_critic_has_one_opinion() -> None:
    critic = GlobalCritic(3, 32).eval()
    assert critic(picture(3)).shape == (2, 1)


def test_a_settled_critic_is_lipschitz_and_holds_still() -> None:
    critic = PixelCritic(3)
    for _ in range(20):
        settle(critic)
    x = picture(3)
    first = critic(x)
    assert torch.equal(first, critic(x))
    other = picture(3, seed=1)
    change = (critic(other) - first)[:, 0].abs()
    assert (change <= (other - x).square().sum(1).sqrt() * 1.05).all()
