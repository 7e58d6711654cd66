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
from stages.learned.clusternet.inference import repair_clusters
from stages.learned.clusternet.network import INSETS, SYMMETRIES, ClusterNet, Shape
from stages.learned.clusternet.shipped import engine as shipped
from stages.learned.finder.blind import finder_network
from stages.learned.finder.network import SYMMETRY as FINDERS
from stages.learned.finder.network import FinderNet
from stages.learned.running.place import Place, Running
from stages.learned.tied.symmetry import FEATURES, SITES, VIEWS, Kind, Symmetry, Ties
from stages.learned.training.learner import Learner, Rate

EXACT = Running(device="cpu", precision="float32")
SIDE, NEAR_PX = 264, 20
"""Side of a mosaic, and how far from its middle answers are compared: borders do not reach that far."""
ABOUT = {4: SIDE - 1, ClusterNet: 260, FinderNet: 256}
"""What views are about, in half pixels: for four the middle, for eight a red site near it where features
of all of a network's resolutions lie."""
Floats = NDArray[np.float32]
Frame = tuple[RawFrame, DefectMap]


def as_seen(mosaic: Floats, view: NDArray[np.int64], about: int) -> Floats:
    """A square mosaic in another view about a place; what leaves it comes in again."""
    out = np.empty_like(mosaic)
    places = 2 * np.indices(mosaic.shape).reshape(2, -1)
    out[tuple((view @ (places - about) + about) // 2 % len(mosaic))] = mosaic.ravel()
    return out


def seen(batch: Tensor, view: NDArray[np.int64], about: int) -> Tensor:
    """Packed planes (N, 4k, h, h) in another view: each group unpacked, turned and packed again."""
    mosaics = functional.pixel_shuffle(batch, 2)
    turned = np.stack(
        [[as_seen(m, view, about) for m in group] for group in mosaics.detach().numpy()]
    )
    return functional.pixel_unshuffle(torch.from_numpy(turned), 2)


def assert_alike(network: nn.Module, views: int, *given: object, atol: float = 1e-4) -> None:
    """What the network says of a turned batch is what it says of the batch, turned."""
    about, chance = ABOUT.get(views) or ABOUT[type(network)], np.random.default_rng(1)
    planes = network.get_parameter("stem.weight").shape[1]
    x = torch.from_numpy(chance.normal(size=(2, planes, SIDE // 2, SIDE // 2)).astype(np.float32))
    with torch.no_grad():
        said = _mosaics(network(x, *given))
        assert all(float(part.std()) > 1e-3 for part in said)
        for view in VIEWS[views][[1, 2, 4] if views == 8 else [1, 2]]:  # they make all others
            others = _mosaics(network(seen(x, view, about), *given))
            for one, other in zip(said, others, strict=True):
                wanted = np.stack([as_seen(mosaic, view, about) for mosaic in one.numpy()])
                torch.testing.assert_close(
                    _near(other, about),
                    _near(torch.from_numpy(wanted), about),
                    atol=atol,
                    rtol=1e-4,
                )


def _mosaics(answer: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    """What a network says as whole mosaics, 0 where it says nothing."""
    parts = (answer,) if isinstance(answer, Tensor) else answer
    said = [functional.pixel_shuffle(part, 2)[:, 0] for part in parts]
    return [functional.pad(part, [(SIDE - part.shape[-1]) // 2] * 4) for part in said]


def _near(mosaics: Tensor, about: int) -> Tensor:
    inner = slice(about // 2 - NEAR_PX, -(-about // 2) + NEAR_PX + 1)
    return mosaics[:, inner, inner]


def restless(network: nn.Module) -> nn.Module:
    """All weights and biases at random, also those that begin at 0."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
            parameter.normal_(std=fan_in**-0.5)
    return network.eval()


def damaged(seed: int, cfa: str) -> Frame:
    """Noise that is smooth over some pixels, with squares missing."""
    chance = np.random.default_rng(seed)
    light = gaussian_filter(chance.normal(size=(200, 240)), 1.5)
    codes = np.rint(1500 + 4000 * light).clip(256, 4095).astype(np.uint16)
    frame = RawFrame.of(codes, cfa, black_dn=256, white_dn=4095)
    mask = np.zeros(frame.shape, bool)
    for row, col in chance.integers(20, 170, (12, 2)):
        mask[row : row + 9, col : col + 9] = True
    return frame, DefectMap.for_frame(*np.nonzero(mask), frame)


@pytest.mark.parametrize("seed", [0, 1])
def test_looked_at_from_both_sites_red_and_blue_are_nearly_the_same(seed: int) -> None:
    def exchanged(twice: bool) -> float:
        """How far repairs are apart when red is called blue; the first fill is of the first look."""
        engine = shipped(["cluster"], EXACT, twice)
        red, blue = (
            repair_clusters(*damaged(seed, cfa), engine).values for cfa in ("RGGB", "BGGR")
        )
        return float(np.sqrt(np.mean((red - blue) ** 2)))

    assert 0 < exchanged(twice=True) < 0.5 * exchanged(twice=False)


@pytest.mark.parametrize("views", [4, 8])
def test_views_leave_a_bayer_mosaic_and_make_a_group(views: int) -> None:
    rows, cols = np.indices((SIDE, SIDE))
    colours = (rows % 2 + cols % 2).astype(np.float32)
    numbers = (rows * 1000 + cols).astype(np.float32)
    about = ABOUT.get(views) or ABOUT[ClusterNet]
    assert len({as_seen(numbers, view, about).tobytes() for view in VIEWS[views]}) == views
    np.testing.assert_array_equal(VIEWS[views][0], np.eye(2))
    for view in VIEWS[views]:
        seen_so = as_seen(colours, view, about)
        exchanged = views == 4 and view.sum() < 0  # turned by half
        np.testing.assert_array_equal(seen_so, 2 - colours if exchanged else colours)
        group = {one.tobytes() for one in VIEWS[views]}
        assert {(view @ other).tobytes() for other in VIEWS[views]} == group


@pytest.mark.parametrize("depths", [(1, 1, 1), (2, 3, 2)])
@pytest.mark.parametrize("views", [4, 8])
def test_a_tied_cluster_network_answers_alike_in_every_view(
    depths: tuple[int, ...], views: int
) -> None:
    network = restless(ClusterNet(Shape(16, 8, *depths, views)))
    with pytest.raises(AssertionError):
        assert_alike(network, views, INSETS)
    Ties(network, SYMMETRIES[views]).begin(network.parameters())
    assert_alike(network, views, INSETS)


def test_a_tied_finder_answers_alike_in_every_view() -> None:
    network = restless(FinderNet())
    with pytest.raises(AssertionError):
        assert_alike(network, 4)
    Ties(network, FINDERS).begin(network.parameters())
    assert_alike(network, 4)


def test_what_is_tied_stays_and_weights_vary_as_before() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(64, 64, 3))
    before = float(layers[0].weight.detach().std())
    ties = Ties(layers, Symmetry(8, {"": Kind()}))
    ties.begin(layers.parameters())
    assert float(layers[0].weight.detach().std()) == pytest.approx(before, rel=0.05)
    once = [parameter.detach().clone() for parameter in layers.parameters()]
    ties.tie(layers.parameters())
    for parameter, tied in zip(layers.parameters(), once, strict=True):
        torch.testing.assert_close(parameter.detach(), tied)
    free = len(np.unique(once[0].numpy().round(6)))
    assert free <= once[0].numel() // 8


@pytest.mark.parametrize("views", [4, 8])
def test_one_of_those_that_are_tied_says_them_all(views: int) -> None:
    network = restless(ClusterNet(Shape(16, 8, 2, 1, 1, views)))
    ties = Ties(network, SYMMETRIES[views])
    ties.begin(network.parameters())
    free = ties.free(network.state_dict())
    whole = ties.whole(free)
    assert list(whole) == list(network.state_dict())
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(whole[name], tensor, atol=1e-6, rtol=0)
    count = sum(len(part) for part in free.values())
    assert count * views < 1.02 * sum(parameter.numel() for parameter in network.parameters())
    with pytest.raises(ValueError, match="another network"):
        ties.whole({"wide_stem.weight": free["wide_stem.weight"]})
    with pytest.raises(ValueError, match=r"'stem.bias' has the shape \(3,\)"):
        ties.whole({**free, "stem.bias": torch.zeros(3)})


def test_a_tap_without_a_partner_stays_zero() -> None:
    layer = nn.Sequential(nn.Conv2d(4, 8, 3))
    kind = Kind(FEATURES, SITES, pixels=2)
    Ties(layer, Symmetry(8, {"": kind})).begin(layer.parameters())
    heard = (layer[0].weight.detach() != 0).all(0)  # (site, down, right)
    for site, (down, right) in enumerate(np.ndindex(2, 2)):
        wanted = torch.ones(3, 3, dtype=torch.bool)
        wanted[3 - down :, :] = False  # 2 * tap + place is -3, -1, 1, 3: the last has no partner
        wanted[:, 3 - right :] = False
        torch.testing.assert_close(heard[site], wanted)


def test_channels_that_are_no_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="12 channels are not in groups of 8"):
        Ties(nn.Sequential(nn.Conv2d(8, 12, 3)), Symmetry(8, {"": Kind()}))


@pytest.mark.parametrize("views", [4, 8])
def test_learning_from_lopsided_gradients_keeps_it(views: int) -> None:
    shape = Shape(8, 8, views=views)
    network = restless(ClusterNet(shape))
    ties = Ties(network, SYMMETRIES[views])
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
    assert_alike(network, views, INSETS)
    average = ClusterNet(shape).eval()
    average.load_state_dict(learner.average.values)
    assert_alike(average, views, INSETS)


@pytest.mark.parametrize("name", ["cluster", "cluster_large", "cluster_nano"])
def test_shipped_networks_answer_alike_in_every_view(name: str) -> None:
    network = shipped([name], EXACT).networks[0]
    assert_alike(network, network.shape.views, INSETS, atol=1e-3)


def test_the_shipped_finder_answers_alike_in_every_view() -> None:
    assert_alike(finder_network("", Place.of("cpu")), 4, atol=1e-3)
