"""A network with tied weights answers alike however the mosaic is turned, before and after it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn
from torch.nn import functional

from isp.defects import DefectMap
from isp.frame import RawFrame
from stages.kernels.cluster_window import PACKED
from stages.learned.clusternet import network as clusternet
from stages.learned.clusternet.inference import repair_clusters
from stages.learned.clusternet.network import SMALL_INSET, ClusterNet, Shape
from stages.learned.clusternet.shipped import engine as shipped
from stages.learned.finder import network as finder
from stages.learned.finder.blind import finder_network
from stages.learned.finder.network import FinderNet
from stages.learned.fullframe.place import Running
from stages.learned.training.learner import Learner, Rate
from stages.learned.training.symmetry import COPY, SITE, VIEWS, Kind, Ties, View

INSETS = [0, 0, SMALL_INSET]
EXACT = Running(device="cpu", precision="float32")
Frame = tuple[RawFrame, DefectMap]


def as_seen(mosaic: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """A square mosaic in another view, pixel by pixel."""
    size = len(mosaic)
    out = np.empty_like(mosaic)
    for i in range(size):
        for j in range(size):
            y, x = (j, i) if view.transposed else (i, j)
            y, x = (size - 1 - y, size - 1 - x) if view.half_turn else (y, x)
            out[i, j] = mosaic[y, x]
    return out


def seen(batch: Tensor, view: View) -> Tensor:
    """Packed planes (N, 4k, h, h) in another view: each group unpacked, turned and packed again."""
    mosaics = functional.pixel_shuffle(batch, 2)
    turned = np.stack([[as_seen(m, view) for m in group] for group in mosaics.detach().numpy()])
    return functional.pixel_unshuffle(torch.from_numpy(turned), 2)


def assert_alike(network: nn.Module, x: Tensor, *given: object, atol: float = 1e-4) -> None:
    """What the network says of a turned batch is what it says of the batch, turned."""
    with torch.no_grad():
        said = _parts(network(x, *given))
        assert all(float(part.std()) > 1e-3 for part in said)
        for view in VIEWS:
            for one, other in zip(said, _parts(network(seen(x, view), *given)), strict=True):
                torch.testing.assert_close(other, seen(one, view), atol=atol, rtol=1e-4)


def _parts(answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (answer,) if isinstance(answer, Tensor) else answer


def restless(network: nn.Module) -> nn.Module:
    """All weights and biases at random, also those that begin at 0."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
            parameter.normal_(std=fan_in**-0.5)
    return network.eval()


def windows(count: int) -> Tensor:
    chance = np.random.default_rng(1)
    return torch.from_numpy(chance.normal(size=(count, 8, PACKED, PACKED)).astype(np.float32))


def damaged(seed: int) -> Frame:
    """Noise that is smooth over some pixels, with squares missing."""
    chance = np.random.default_rng(seed)
    light = gaussian_filter(chance.normal(size=(200, 240)), 1.5)
    codes = np.rint(1500 + 4000 * light).clip(256, 4095).astype(np.uint16)
    frame = RawFrame.of(codes, "RGGB", black_dn=256, white_dn=4095)
    mask = np.zeros(frame.shape, bool)
    for row, col in chance.integers(20, 170, (12, 2)):
        mask[row : row + 9, col : col + 9] = True
    return frame, DefectMap.for_frame(*np.nonzero(mask), frame)


def in_a_mirror(frame: RawFrame, defects: DefectMap) -> Frame:
    """The same damage seen in a mirror: columns from right to left, red where green was."""
    codes = np.ascontiguousarray(frame.mosaic[:, ::-1])
    other = RawFrame.of(codes, "GRBG", black_dn=256, white_dn=4095)
    return other, DefectMap.for_frame(*np.nonzero(defects.mask()[:, ::-1]), other)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_second_look_in_a_mirror_is_taken_where_it_lies_and_brings_both_nearer(seed: int) -> None:
    def apart(mirrored: bool) -> float:
        engine = shipped(["cluster"], EXACT, mirrored=mirrored)
        pictures = []
        for frame, defects in (given, in_a_mirror(*given)):
            picture = np.zeros(frame.shape, np.float32)
            picture[defects.rows, defects.cols] = repair_clusters(frame, defects, engine).values
            pictures.append(picture)
        return float(np.abs(pictures[0] - pictures[1][:, ::-1]).sum())

    given = damaged(seed)
    assert apart(mirrored=True) < 0.6 * apart(mirrored=False)


def test_packing_and_turning_agree_with_the_mosaic() -> None:
    mosaic = np.random.default_rng(0).normal(size=(12, 12)).astype(np.float32)
    packed = torch.from_numpy(np.stack([mosaic[i::2, j::2] for i in (0, 1) for j in (0, 1)]))[None]
    for view in VIEWS:
        wanted = as_seen(mosaic, view)
        sites = [wanted[i::2, j::2] for i in (0, 1) for j in (0, 1)]
        np.testing.assert_array_equal(seen(packed, view)[0].numpy(), np.stack(sites))


@pytest.mark.parametrize("depths", [(1, 1, 1, 1), (2, 3, 2, 2)])
def test_a_tied_cluster_network_answers_alike_in_every_view(depths: tuple[int, ...]) -> None:
    network = restless(ClusterNet(Shape(16, 8, 12, *depths)))
    with pytest.raises(AssertionError):
        assert_alike(network, windows(3), INSETS)
    Ties(network, clusternet.KINDS).begin(network.parameters())
    assert_alike(network, windows(3), INSETS)


def test_a_tied_finder_answers_alike_in_every_view() -> None:
    network = restless(FinderNet())
    x = torch.from_numpy(np.random.default_rng(2).normal(size=(2, 8, 24, 24)).astype(np.float32))
    with pytest.raises(AssertionError):
        assert_alike(network, x)
    Ties(network, finder.KINDS).begin(network.parameters())
    assert_alike(network, x)


def test_what_is_tied_stays_and_weights_vary_as_before() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(32, 64, 3))
    before = float(layers[0].weight.detach().std())
    ties = Ties(layers, {"": Kind((COPY,), (COPY, SITE))})
    ties.begin(layers.parameters())
    assert float(layers[0].weight.detach().std()) == pytest.approx(before, rel=0.05)
    once = [parameter.detach().clone() for parameter in layers.parameters()]
    ties.tie(layers.parameters())
    for parameter, tied in zip(layers.parameters(), once, strict=True):
        torch.testing.assert_close(parameter.detach(), tied)
    free = len(np.unique(once[0].numpy().round(6)))
    assert free <= once[0].numel() // len(VIEWS)


def test_learning_from_lopsided_gradients_keeps_it() -> None:
    network = restless(ClusterNet(Shape(8, 8, 8)))
    ties = Ties(network, clusternet.KINDS)
    ties.begin(network.parameters())
    learner = Learner(network, ("residual", "log_spread"), Rate(0.02, 1), 0.9, ties)
    first = [parameter.detach().clone() for parameter in network.parameters()]
    for number in range(3):
        gradients = [torch.randn_like(parameter) for parameter in network.parameters()]
        learner.step(number, 0.0, [gradients])
    moved = [
        float((a - b.detach()).abs().max())
        for a, b in zip(first, network.parameters(), strict=True)
    ]
    assert min(moved) > 1e-3
    assert_alike(network, windows(3), INSETS)
    average = ClusterNet(Shape(8, 8, 8)).eval()
    average.load_state_dict(learner.average.values)
    assert_alike(average, windows(3), INSETS)


@pytest.mark.parametrize("name", ["cluster", "cluster_large", "cluster_nano"])
def test_shipped_networks_answer_alike_in_every_view(name: str) -> None:
    assert_alike(shipped([name], EXACT).networks[0], windows(3), INSETS, atol=1e-3)


def test_the_shipped_finder_answers_alike_in_every_view() -> None:
    x = torch.from_numpy(np.random.default_rng(2).normal(size=(2, 8, 24, 24)).astype(np.float32))
    assert_alike(finder_network(""), x, atol=1e-3)
