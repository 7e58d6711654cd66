"""Losses and the anomaly map against references."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from skimage.metrics import structural_similarity

from stages.learned.inpainting_transformer.anomaly import anomaly_map, gms_distance
from stages.learned.inpainting_transformer.loss import inpainting_loss
from stages.learned.inpainting_transformer.similarity import gms_map, gradient, ssim_map


def pair(shape: tuple[int, ...] = (2, 3, 30, 26)) -> tuple[NDArray[np.float64], ...]:
    rng = np.random.default_rng(0)
    one = ndimage.gaussian_filter(rng.random(shape), (0, 0, 1, 1))
    return one, np.clip(one + rng.normal(0, 0.05, shape), 0, 1)


def slow_gradient(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    across = np.array([[1, 0, -1]] * 3) / 3
    return np.hypot(*(ndimage.correlate(plane, k, mode="nearest") for k in (across, across.T)))


def test_ssim_is_that_of_scikit_image() -> None:
    one, other = pair()
    found = ssim_map(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    for n in range(2):
        for c in range(3):
            whole = structural_similarity(
                one[n, c], other[n, c], data_range=1.0, gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False, full=True,
            )[1]  # fmt: skip
            np.testing.assert_allclose(found[n, c], whole[5:-5, 5:-5], atol=1e-6)


def test_gms_is_that_of_a_slow_reference() -> None:
    one, other = pair()
    found = gms_map(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    a, b = (np.stack([[slow_gradient(p) for p in image] for image in x]) for x in (one, other))
    np.testing.assert_allclose(found, (2 * a * b + 0.0026) / (a**2 + b**2 + 0.0026), atol=1e-6)


def test_the_loss_of_the_truth_is_nothing_and_flat_places_spoil_no_gradient() -> None:
    flat = torch.full((2, 4, 12, 12), 0.4, requires_grad=True)
    loss = inpainting_loss(flat, torch.full_like(flat, 0.4), torch.ones_like(flat))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0, abs=1e-6)
    assert bool(torch.isfinite(flat.grad).all())


@pytest.mark.parametrize("side", [4, 16, 28])
def test_the_loss_follows_each_of_its_parts(side: int) -> None:
    torch.manual_seed(0)
    truth, weight = torch.rand(2, 4, side, side), torch.ones(2, 4, side, side)
    blurred = torch.nn.functional.avg_pool2d(truth, 3, 1, 1)
    near, far = (truth + d * torch.randn_like(truth) for d in (0.02, 0.2))
    losses = [float(inpainting_loss(x, truth, weight)) for x in (truth, near, blurred, far)]
    assert losses[0] < losses[1] < min(losses[2:])
    part = torch.zeros_like(weight)
    part[..., :2, :2] = 1
    elsewhere = truth.clone()
    elsewhere[..., 2:, 2:] += 0.3
    inside = truth.clone()
    inside[..., :2, :2] += 0.3
    assert float(inpainting_loss(elsewhere, truth, part)) < float(
        inpainting_loss(inside, truth, part)
    )


def slow_distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The anomaly map's distance for sides that are multiples of 4, in NumPy and SciPy."""
    maps = []
    for scale in (2, 4):
        small = [
            x.reshape(len(x), x.shape[1] // scale, scale, -1, scale).mean((2, 4))
            for x in (one, other)
        ]
        a, b = (np.stack([slow_gradient(p) for p in x]) for x in small)
        unlike = (1 - (2 * a * b + 0.0026) / (a**2 + b**2 + 0.0026)).mean(0)
        smooth = ndimage.uniform_filter(unlike, 3, mode="nearest")
        at = [(np.arange(n * scale) + 0.5) / scale - 0.5 for n in smooth.shape]
        grid = np.meshgrid(*(a.clip(0, n - 1) for a, n in zip(at, smooth.shape, strict=True)))
        maps.append(ndimage.map_coordinates(smooth, [g.T for g in grid], order=1))
    return np.mean(maps, axis=0)


def test_the_anomaly_map_is_that_of_a_slow_reference() -> None:
    one, other = (x[0] for x in pair((1, 4, 32, 24)))
    found = gms_distance(torch.from_numpy(one), torch.from_numpy(other))
    np.testing.assert_allclose(found.numpy(), slow_distance(one, other), atol=1e-6)
    np.testing.assert_allclose(anomaly_map(found, 0.1), (found.numpy() - 0.1) ** 2, atol=1e-7)


def test_the_anomaly_map_is_highest_where_something_is_wrong_at_any_size() -> None:
    rng = np.random.default_rng(1)
    clean = torch.from_numpy(ndimage.gaussian_filter(rng.random((4, 37, 45)), (0, 2, 2)))
    wrong = clean.clone()
    wrong[:, 20:25, 30:35] += 0.5
    found = anomaly_map(gms_distance(clean, wrong), 0.0)
    assert found.shape == (37, 45)
    row, col = np.unravel_index(int(found.argmax()), found.shape)
    assert 16 <= row <= 29
    assert 26 <= col <= 39


def test_the_gradient_of_a_ramp_is_its_slope() -> None:
    rows, cols = torch.meshgrid(torch.arange(9.0), torch.arange(7.0), indexing="ij")
    ramp = (0.03 * rows + 0.04 * cols)[None, None]
    torch.testing.assert_close(
        gradient(ramp)[0, 0, 1:-1, 1:-1], torch.full((7, 5), 0.1), atol=1e-6, rtol=0
    )
