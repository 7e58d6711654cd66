"""A window seen in another way is still a mosaic that starts at red, or at blue where turned by half."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stages.kernels.cluster_window import CORE, PACKED
from stages.learned.clusternet.inference import Effort, Engine
from stages.learned.clusternet.network import SMALL_INSET, ClusterNet, Shape, ready
from stages.learned.clusternet.turns import VIEWS, View, turned


def packed(mosaic: NDArray[np.float32]) -> torch.Tensor:
    """Planes of the sites (0, 0), (0, 1), (1, 0), (1, 1), as a batch of one."""
    return torch.from_numpy(np.stack([mosaic[i::2, j::2] for i in (0, 1) for j in (0, 1)]))[None]


def as_seen(mosaic: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """The same done to the mosaic itself, pixel by pixel."""
    size = len(mosaic)
    out = np.empty_like(mosaic)
    for i in range(size):
        for j in range(size):
            y, x = (j, i) if view.transposed else (i, j)
            y, x = (size - 1 - y, size - 1 - x) if view.half_turn else (y, x)
            out[i, j] = mosaic[y, x]
    return out


@pytest.mark.parametrize("view", VIEWS)
def test_packed_planes_turn_as_their_mosaic_does(view: View) -> None:
    mosaic = np.random.default_rng(0).normal(size=(12, 12)).astype(np.float32)
    other = 1 - mosaic
    both = torch.cat([packed(mosaic), packed(other)], 1)
    wanted = torch.cat([packed(as_seen(mosaic, view)), packed(as_seen(other, view))], 1)
    assert torch.equal(turned(both, view), wanted)
    assert torch.equal(turned(turned(both, view), view), both)


def test_the_first_view_is_the_window_as_it_is_and_all_differ() -> None:
    x = torch.rand(1, 4, 6, 6)
    assert turned(x, VIEWS[0]) is x
    assert len({turned(x, view).contiguous().numpy().tobytes() for view in VIEWS}) == len(VIEWS)


def test_views_are_averaged_in_the_windows_own_orientation() -> None:
    torch.manual_seed(0)
    network = ready(ClusterNet(Shape(8, 8, 8))).eval()
    torch.nn.init.normal_(network.residual.weight, std=0.1)
    features = np.random.default_rng(1).normal(size=(3, PACKED, PACKED, 8)).astype(np.float32)
    x = torch.from_numpy(features).permute(0, 3, 1, 2)
    insets = [0, 0, SMALL_INSET]
    with torch.no_grad():
        parts = [turned(network(turned(x, view), insets)[0], view) for view in VIEWS]
    expected = torch.stack(parts).mean(0).permute(0, 2, 3, 1).numpy()
    engine = Engine.of(network, "cpu", "float32", Effort(views=len(VIEWS)))
    residual, log_spread = engine.predict(features, insets)
    np.testing.assert_allclose(residual, expected, atol=1e-5)
    assert residual.shape == log_spread.shape == (3, CORE, CORE, 4)
    assert np.abs(expected).max() > 0.1
