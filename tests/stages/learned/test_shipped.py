"""What the shipped networks must keep: blocks that have a say, cores that do not matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stages.learned.autoencoders.weights import shipped
from stages.learned.clusternet.learning import tensors
from stages.learned.clusternet.network import INSETS
from stages.learned.clusternet.sampling import draw as draw_windows
from stages.learned.clusternet.shipped import WEIGHTS
from stages.learned.clusternet.weights import load_weights
from stages.learned.finder.blind import finder_network
from stages.learned.finder.sampling import draw as draw_crops
from stages.learned.inpainting_transformer.engine import Engine
from stages.learned.running.place import Place, Running
from stages.learned.tied.layers import Block
from stages.learned.training.pictures import Pictures

LEAST_SHARE = 0.05
"""Of the spread of what comes in, what a block has to add; blocks that had gone out added 0.000."""


def pictures() -> Pictures:
    """Waves, edges and texture, linear."""
    rng = np.random.default_rng(0)
    rows, cols = np.indices((96, 96))
    parts = []
    for k in range(3):
        base = (
            25000
            + 15000 * np.sin(rows / (5 + k) + cols / 9)
            + 8000 * ((rows // 13 + cols // 17) % 2)
        )
        parts.append((base[..., None] + rng.uniform(0, 9000, (96, 96, 3))).astype(np.uint16))
    return Pictures.of(parts)


def added(network: nn.Module, features: np.ndarray) -> dict[str, float]:
    """For each block, the spread of what it adds in units of that of what comes in."""
    shares = {}

    def watch(name: str) -> None:
        def note(_: nn.Module, given: tuple[Tensor, ...], said: Tensor) -> None:
            shares[name] = float((said - given[0]).std() / given[0].std())

        network.get_submodule(name).register_forward_hook(note)

    for name, module in network.named_modules():
        if isinstance(module, Block):
            watch(name)
    with torch.no_grad():
        network(torch.from_numpy(features).permute(0, 3, 1, 2))
    return shares


@pytest.mark.parametrize("name", ["cluster", "cluster_large", "cluster_nano"])
def test_no_block_of_a_corrector_has_gone_out(name: str) -> None:
    network, _ = load_weights(WEIGHTS / f"{name}.safetensors")
    shares = added(network, draw_windows(pictures(), 1, 128, (0.3, 0.3, 0.2, 0.2)).features)
    assert len(shares) == network.shape.around + network.shape.inner + network.shape.core
    assert min(shares.values()) > LEAST_SHARE, shares


@pytest.mark.parametrize("name", ["cluster", "cluster_large", "cluster_nano"])
def test_what_a_small_core_leaves_out_hardly_matters(name: str) -> None:
    """Blocks see zeros beyond it; before it had a margin this was 0.34 and 0.38."""
    network, _ = load_weights(WEIGHTS / f"{name}.safetensors")
    batch = draw_windows(pictures(), 1, 128, (1.0, 0.0, 0.0, 0.0))
    inset = INSETS[1]
    of_use = batch.inset == inset
    assert of_use.sum() > 50
    features, _, weight, _ = tensors(batch)
    asked = weight[of_use] > 0
    with torch.no_grad():
        whole = network(features[of_use])[0][asked]
        small = network(features[of_use], [inset] * int(of_use.sum()))[0][asked]
    assert 0 < float((small - whole).std() / whole.std()) < 0.27


def test_no_block_of_the_finder_has_gone_out() -> None:
    shares = added(finder_network("", Place.of("cpu")), draw_crops(pictures(), 1, 16).features)
    assert len(shares) == 5
    assert min(shares.values()) > LEAST_SHARE, shares


@pytest.mark.parametrize(
    "network",
    [
        lambda: finder_network("", Place.of()),
        lambda: shipped("cae", "", Place.of())[0],
        lambda: Engine.of(Running()).network,
    ],
    ids=["finder", "autoencoder", "transformer"],
)
def test_a_network_stays_where_it_is_when_another_place_asks_for_it(
    network: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = network()
    before = next(here.parameters()).device
    nowhere = Place(torch.device("meta"), torch.float32)
    monkeypatch.setattr(Place, "of", staticmethod(lambda *_: nowhere))
    assert {one.device for one in network().parameters()} == {nowhere.device}
    assert {one.device for one in here.parameters()} == {before}
